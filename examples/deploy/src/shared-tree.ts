import type { ScpEntryContext } from "@scpkit/core";
import type { ScpEntries, ScpEntry, ScpFileEntry } from "@scpkit/source";
import { shareBody } from "./shared-body.ts";

/** Where an entry is: its index in each directory from the top. Compared as words are, it is the order in which a tree is sent. */
type Position = readonly number[];

/** A tree as one host sees it. */
export interface TreeView {
  readonly entries: ScpEntries;
  /** The host takes no more: nobody waits for it. Call it when its upload has ended, however it did. */
  leave(): void;
}

/** Someone whose turn it is to send a file. */
interface Waiting {
  readonly host: object;
  readonly position: Position;
  readonly file: ScpFileEntry;
  readonly path: string;
  readonly resolve: (body: Promise<ReadableStream<Uint8Array>>) => void;
}

/**
 * One walk of a tree for several hosts that send it at the same time. A file is opened once, when every host is about to send it or has come past
 * it (having refused it, or its directory), and its body is shared. A directory is listed once, as far as the foremost host has asked.
 */
export class SharedTree {
  readonly #entries: ScpEntries;
  /** How far each host is that still takes part. */
  readonly #positions = new Map<object, Position>();
  readonly #children = new Map<object, Replay>();
  #waiting: readonly Waiting[] = [];

  constructor(entries: ScpEntries) {
    this.#entries = new Replay(entries);
  }

  /** Call it for all hosts before the first of them begins. */
  join(): TreeView {
    const host = {};
    this.#positions.set(host, []);
    return {
      entries: this.#view(host, this.#entries, []),
      leave: () => {
        this.#positions.delete(host);
        this.#waiting = this.#waiting.filter((one) => one.host !== host);
        this.#openWhatIsReady();
      },
    };
  }

  async *#view(host: object, entries: ScpEntries, above: Position): AsyncGenerator<ScpEntry, void, void> {
    let index = 0;
    for await (const entry of entries) {
      const position = [...above, index];
      index += 1;
      if (entry.type === "failed") yield entry;
      else if (entry.type === "file") {
        const { size, mode, times } = entry;
        yield { ...entry, open: ({ path }) => ({ body: this.#body(host, position, entry, path), size, mode, times }) };
      } else yield { ...entry, entries: (context) => this.#view(host, this.#childrenOf(entry, context), position) };
    }
  }

  #childrenOf(entry: Extract<ScpEntry, { type: "directory" }>, { path }: ScpEntryContext): ScpEntries {
    const known = this.#children.get(entry);
    // The listing is everybody's: no single host may abort it.
    const children = known ?? new Replay(entry.entries({ path, signal: new AbortController().signal }));
    this.#children.set(entry, children);
    return children;
  }

  /**
   * A source opens files ahead of their turn, past directories it has yet to enter. It reads the body, or cancels it, when it is their
   * turn, and those are in order.
   */
  #body(host: object, position: Position, file: ScpFileEntry, path: string): ReadableStream<Uint8Array> {
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          reader ??= (await this.#turn(host, position, file, path)).getReader();
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: async (reason) => {
          this.#reach(host, position);
          await reader?.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  #turn(host: object, position: Position, file: ScpFileEntry, path: string): Promise<ReadableStream<Uint8Array>> {
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { host, position, file, path, resolve }];
      this.#reach(host, position);
    });
  }

  #reach(host: object, position: Position): void {
    const before = this.#positions.get(host);
    if (before !== undefined && compare(position, before) > 0) this.#positions.set(host, position);
    this.#openWhatIsReady();
  }

  #openWhatIsReady(): void {
    const isReady = ({ position }: Waiting): boolean =>
      [...this.#positions.values()].every((other) => compare(other, position) >= 0);
    const ready = this.#waiting.filter(isReady);
    this.#waiting = this.#waiting.filter((one) => !ready.includes(one));
    while (ready.length > 0) {
      const [first] = ready;
      if (first === undefined) return;
      const readers = ready.filter(({ position }) => compare(position, first.position) === 0);
      for (const reader of readers) ready.splice(ready.indexOf(reader), 1);
      openForAll(first, readers);
    }
  }
}

/** Opens a file once, and gives everybody a body of it. */
function openForAll({ file, path }: Waiting, readers: readonly Waiting[]): void {
  const opening = (async () => {
    const opened = await file.open({ path, signal: new AbortController().signal });
    const body = "body" in opened ? opened.body : opened;
    return shareBody(body instanceof Uint8Array ? streamOf(body) : body, readers.length);
  })();
  for (const [index, { resolve }] of readers.entries()) {
    resolve(opening.then(({ [index]: body }) => body ?? streamOf(new Uint8Array())));
  }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** In the order in which a tree is sent: a directory comes before what is in it. */
function compare(one: Position, other: Position): number {
  for (let level = 0; ; level += 1) {
    const [a, b] = [one[level], other[level]];
    if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
    if (a !== b) return a - b;
  }
}

/** Something iterable that may be iterated several times, at the same time too, and is itself iterated once. */
class Replay implements AsyncIterable<ScpEntry> {
  readonly #seen: Promise<IteratorResult<ScpEntry, unknown>>[] = [];
  readonly #next: () => Promise<IteratorResult<ScpEntry, unknown>>;

  constructor(entries: ScpEntries) {
    const iterator = Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
    this.#next = async () => await iterator.next();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ScpEntry, void, void> {
    for (let index = 0; ; index += 1) {
      this.#seen[index] ??= this.#next();
      const result = await this.#seen[index];
      if (result === undefined || result.done) return;
      yield result.value;
    }
  }
}
