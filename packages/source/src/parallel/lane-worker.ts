import type { ScpLane } from "../lane.ts";
import { sendFile } from "../send-file.ts";
import { Walk } from "../walk.ts";
import { discardEntry, type PreparedDirectory } from "./prepared-entry.ts";
import type { SharedTree, TreeJob, TreeNode } from "./shared-tree.ts";

/** Write and search permission of the owner: without both, other lanes cannot work in a directory once it has its mode. */
const ownerWriteSearch = 0o300;

/**
 * One of several lanes that send a tree together.
 *
 * It moves through the tree with E and D records like any source; a directory that exists is merely entered by a second D. Each
 * entry carries the directory's own mode and times, and the sink applies them when the lane leaves: the last lane to leave does so
 * after everything in the directory was created, so that mode and times end as one lane would leave them.
 */
export class LaneWorker {
  readonly #lane: ScpLane;
  readonly #tree: SharedTree;
  readonly #signal: AbortSignal;
  #at: TreeNode;
  #barred = false;

  constructor(lane: ScpLane, tree: SharedTree, signal: AbortSignal) {
    this.#lane = lane;
    this.#tree = tree;
    this.#signal = signal;
    this.#at = tree.root;
  }

  /** The sink has not let this lane into a directory that exists, which is no failure yet: another lane may be inside. */
  get barred(): boolean {
    return this.#barred;
  }

  /** Works until nothing is left, then goes back to the top. The last records may be held back. */
  async run(): Promise<void> {
    let job = await this.#next();
    while (job !== undefined) job = await this.#do(job);
    while (this.#at.parent !== undefined) await this.#leave();
  }

  /** Does one job and takes the next; while a file waits for the sink, the next one is already being opened. */
  async #do(job: TreeJob): Promise<TreeJob | undefined> {
    const { prepared } = job;
    if (prepared.type === "failed") {
      this.#lane.report(prepared.path, prepared.error);
      this.#tree.done(job);
      return await this.#next();
    }
    if (!(await this.#goTo(job.node))) {
      this.#barred = true;
      this.#tree.giveBack(job, this);
      return await this.#next();
    }
    this.#tree.reached(job);
    if (prepared.type === "directory") {
      await this.#create(job, prepared);
      this.#tree.done(job);
      return await this.#next();
    }
    const next = this.#tree.take(this, this.#at);
    try {
      await sendFile(this.#lane, prepared, this.#signal);
      this.#tree.done(job);
      return await this.#lane.holdFor(next);
    } catch (error) {
      next.then((unused) => unused !== undefined && discardEntry(unused.prepared, error), ignore);
      throw error;
    }
  }

  async #next(): Promise<TreeJob | undefined> {
    const next = this.#tree.take(this, this.#at);
    try {
      return await this.#lane.holdFor(next);
    } catch (error) {
      next.then((unused) => unused !== undefined && discardEntry(unused.prepared, error), ignore);
      throw error;
    }
  }

  async #create(job: TreeJob, directory: PreparedDirectory): Promise<void> {
    if ((directory.mode & ownerWriteSearch) !== ownerWriteSearch) {
      const walk = new Walk([directory.entry], job.node.directory?.label.path ?? "", this.#signal);
      try {
        await walk.run(this.#lane);
      } catch (error) {
        await walk.close(error);
        throw error;
      }
    } else if (await this.#lane.enter(directory)) {
      this.#at = this.#tree.created(job, directory);
      this.#at.lanes.add(this);
    }
  }

  /** Moves to a directory that exists. `false`: the sink does not let this lane in. */
  async #goTo(node: TreeNode): Promise<boolean> {
    while (!isWithin(node, this.#at)) await this.#leave();
    for (const step of stepsBetween(this.#at, node)) {
      if (step.directory === undefined || !(await this.#lane.enter(step.directory, false))) return false;
      step.lanes.add(this);
      this.#at = step;
    }
    return true;
  }

  async #leave(): Promise<void> {
    const { directory, parent } = this.#at;
    if (directory === undefined || parent === undefined) return;
    await this.#lane.leave(directory.label, false);
    this.#tree.left(this.#at, this);
    this.#at = parent;
  }
}

function isWithin(node: TreeNode, ancestor: TreeNode): boolean {
  let each: TreeNode | undefined = node;
  while (each !== undefined && each.depth > ancestor.depth) each = each.parent;
  return each === ancestor;
}

function stepsBetween(ancestor: TreeNode, node: TreeNode): TreeNode[] {
  const steps: TreeNode[] = [];
  for (let each: TreeNode | undefined = node; each !== undefined && each !== ancestor; each = each.parent) {
    steps.unshift(each);
  }
  return steps;
}

function ignore(): void {}
