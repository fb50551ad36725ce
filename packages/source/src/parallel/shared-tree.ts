import { ScpPeerError } from "@scpkit/codec";
import type { TransferLog } from "@scpkit/core/engine";
import type { ScpEntries } from "../entry.ts";
import { LookAhead } from "./look-ahead.ts";
import {
  discardEntry,
  listChildren,
  type PreparedDirectory,
  type PreparedEntry,
  type PreparedFailure,
  type PreparedFile,
} from "./prepared-entry.ts";

/** Files a directory opens before a lane takes them; the lanes themselves hold one more each. */
const filesAhead = 2;

/** A directory of the tree that several lanes send together. */
export interface TreeNode {
  /** Absent at the top: the destination itself. */
  readonly parent: TreeNode | undefined;
  readonly directory: PreparedDirectory | undefined;
  readonly depth: number;
  /** Lanes inside it or below it. */
  readonly lanes: Set<object>;
  /** Lanes that the sink rejected, although the directory exists. */
  readonly barred: Set<object>;
  /** Jobs taken and neither done nor given back. */
  jobs: number;
  /** No more jobs can be taken. */
  exhausted: boolean;
  /** The log has been told that it is done. Lanes may still pass through it. */
  finished: boolean;
}

/** What a lane takes to do: a file to send, a directory to create, or something that cannot be sent. All lie in `node`. */
export interface TreeJob {
  readonly node: TreeNode;
  readonly prepared: PreparedFile | PreparedDirectory | PreparedFailure;
}

interface ActiveNode {
  readonly node: TreeNode;
  readonly children: LookAhead;
  /** Jobs given back by a lane that could not reach the directory. */
  readonly returned: TreeJob[];
  /** Serialises the takers. */
  last: Promise<unknown>;
}

/**
 * Deals out a tree to lanes. A directory's children are dealt only after one lane has created it. A lane stays in its directory while
 * that has anything left; then it goes where the fewest lanes are, newest directory first, so that open listings stay few.
 */
export class SharedTree {
  readonly root: TreeNode;
  readonly #signal: AbortSignal;
  readonly #log: TransferLog;
  readonly #active: ActiveNode[] = [];
  /** Jobs that may still bring work for others: directories not yet created, and what a lane may have to give back. */
  readonly #open = new Set<TreeJob>();
  #changed: () => void = () => {};
  #change: Promise<void> = Promise.resolve();

  /** @param log told of each directory that is done */
  constructor(entries: ScpEntries, signal: AbortSignal, log: TransferLog) {
    this.#signal = signal;
    this.#log = log;
    this.root = createNode(undefined, undefined);
    this.#renewChange();
    this.#activate(this.root, entries, "");
  }

  /** The next job for a lane that stands in `at`, or `undefined` when nothing is left and nothing can come. */
  async take(lane: object, at: TreeNode): Promise<TreeJob | undefined> {
    for (;;) {
      const active = this.#pick(lane, at);
      if (active !== undefined) {
        const job = await this.#pull(active);
        if (job !== undefined) return job;
      } else if (this.#open.size > 0) {
        await this.#change;
      } else {
        return undefined;
      }
    }
  }

  /** The lane that took a job is in its directory, so it will not give it back. */
  reached(job: TreeJob): void {
    if (job.prepared.type !== "directory") this.#close(job);
  }

  /** The directory of a job exists: its children may be dealt. */
  created(job: TreeJob, directory: PreparedDirectory): TreeNode {
    const { path } = directory.label;
    const node = createNode(job.node, directory);
    this.#activate(node, listChildren(directory, this.#signal), path);
    return node;
  }

  /** A job is done, well or not. */
  done(job: TreeJob): void {
    this.#close(job);
    job.node.jobs -= 1;
    this.#finishIfDone(job.node);
  }

  /** A lane has left a directory. */
  left(node: TreeNode, lane: object): void {
    node.lanes.delete(lane);
    this.#finishIfDone(node);
  }

  /** Gives a job back that `lane` could not do because the sink did not let it into the directory again. */
  giveBack(job: TreeJob, lane: object): void {
    const { node } = job;
    node.barred.add(lane);
    node.jobs -= 1;
    node.exhausted = false;
    let active = this.#active.find((each) => each.node === node);
    if (active === undefined) {
      active = { node, children: new LookAhead([], "", this.#signal), returned: [], last: Promise.resolve() };
      this.#active.push(active);
    }
    active.returned.push(job);
    this.#close(job);
  }

  /** Reports the directories that still have something to send when all lanes have ended: none of them was let in again. */
  reportUnsent(): void {
    for (const { node } of this.#active) {
      const path = node.directory?.label.path ?? "";
      const message = `${path}: the directory can no longer be entered, so not all of it was sent`;
      this.#log.fail(path, "peer", new ScpPeerError("warning", message));
    }
  }

  /** Ends everything that was handed out. */
  async close(reason: unknown): Promise<void> {
    for (const { children, returned } of this.#active.splice(0)) {
      for (const { prepared } of returned) discardEntry(prepared, reason);
      await children.close(reason);
    }
    this.#open.clear();
    this.#tell();
  }

  #activate(node: TreeNode, entries: ScpEntries, path: string): void {
    const children = new LookAhead(entries, path, this.#signal, filesAhead);
    this.#active.push({ node, children, returned: [], last: Promise.resolve() });
  }

  #pick(lane: object, at: TreeNode): ActiveNode | undefined {
    let best: ActiveNode | undefined;
    for (const active of this.#active) {
      const { node } = active;
      if (node.barred.has(lane)) continue;
      if (node === at) return active;
      if (best === undefined || node.lanes.size <= best.node.lanes.size) best = active;
    }
    return best;
  }

  /** One child of a directory; `undefined` when it has no more, and is dealt no longer. */
  #pull(active: ActiveNode): Promise<TreeJob | undefined> {
    const pulled = active.last.then(async (): Promise<TreeJob | undefined> => {
      const { node, returned } = active;
      const prepared = returned.length === 0 ? await this.#nextChild(active) : undefined;
      if (prepared === undefined) {
        // Also what was given back while the listing came to its end.
        const job = returned.shift();
        if (job !== undefined) return this.#deal(job);
        const index = this.#active.indexOf(active);
        if (index === -1) return undefined;
        this.#active.splice(index, 1);
        node.exhausted = true;
        this.#finishIfDone(node);
        return undefined;
      }
      return this.#deal({ node, prepared });
    });
    active.last = pulled.catch(() => {});
    return pulled;
  }

  async #nextChild({ node, children }: ActiveNode): Promise<PreparedEntry | undefined> {
    try {
      return await children.next();
    } catch (error) {
      return { type: "failed", path: node.directory?.label.path ?? "", error };
    }
  }

  #deal(job: TreeJob): TreeJob {
    job.node.jobs += 1;
    this.#open.add(job);
    return job;
  }

  #close(job: TreeJob): void {
    if (this.#open.delete(job)) this.#tell();
  }

  #finishIfDone(node: TreeNode): void {
    if (!node.exhausted || node.jobs > 0 || node.lanes.size > 0 || node.finished) return;
    node.finished = true;
    if (node.directory !== undefined) this.#log.finish(node.directory.label);
  }

  #tell(): void {
    const changed = this.#changed;
    this.#renewChange();
    changed();
  }

  #renewChange(): void {
    this.#change = new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

function createNode(parent: TreeNode | undefined, directory: PreparedDirectory | undefined): TreeNode {
  const depth = parent === undefined ? 0 : parent.depth + 1;
  return { parent, directory, depth, lanes: new Set(), barred: new Set(), jobs: 0, exhausted: false, finished: false };
}
