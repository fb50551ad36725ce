import type { ScpPeerError } from "@scpkit/codec";
import type { ScpTransferredEntry } from "@scpkit/core";

/** Bytes kept while the target is still opening the file, before the source is held back. */
const queueBytes = 256 * 1024;

/**
 * One file on its way into a target: takes the body while the target is still opening, writes with backpressure, and ends in
 * exactly one of commit and roll back. The first error of this side is kept and returned by {@link finish}; nothing else rejects.
 */
export class IncomingFile {
  readonly label: ScpTransferredEntry;
  /** Its path in the storage of the target. */
  readonly path: string;
  readonly #opened: Promise<void>;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #received = 0;
  #aborted: Promise<void> | undefined;

  constructor(label: ScpTransferredEntry, path: string, opening: PromiseLike<WritableStream<Uint8Array>>) {
    this.label = label;
    this.path = path;
    this.#opened = Promise.resolve(opening).then(
      (writable) => this.#start(writable),
      (reason: unknown) => this.#fail(reason),
    );
  }

  /** Body bytes taken so far. */
  get received(): number {
    return this.#received;
  }

  /** Whether it cannot be stored any more; {@link finish} returns why. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Takes bytes of the body. A returned promise says when to go on; it never rejects. */
  write(data: Uint8Array): Promise<void> | undefined {
    this.#received += data.byteLength;
    if (this.#failure !== undefined) return undefined;
    if (this.#writer !== undefined) return this.#pass(this.#writer, data);
    this.#queue.push(data);
    this.#queued += data.byteLength;
    return this.#queued > queueBytes ? this.#opened : undefined;
  }

  /**
   * Commits, or rolls back when anything failed before or the source says that the body is damaged.
   *
   * @param damage what the source said of it; the target's stream is aborted with it
   * @returns the first error of this side, wrapped; `undefined` when there was none
   */
  async finish(damage: ScpPeerError | undefined): Promise<{ readonly reason: unknown } | undefined> {
    await this.#opened;
    if (this.#failure === undefined && damage === undefined) {
      await this.#writer?.close().catch((reason: unknown) => this.#fail(reason));
    } else {
      await this.abort(this.#failure?.reason ?? damage);
    }
    return this.#failure;
  }

  /** Rolls back, also when the target opens the file only later. Resolves when that is done, however often it is called. Never rejects. */
  abort(reason: unknown): Promise<void> {
    this.#fail(reason);
    this.#aborted ??= this.#opened.then(() => this.#writer?.abort(reason)).catch(ignore);
    return this.#aborted;
  }

  #start(writable: WritableStream<Uint8Array>): void {
    const writer = writable.getWriter();
    writer.closed.catch((reason: unknown) => this.#fail(reason));
    this.#writer = writer;
    for (const data of this.#queue) this.#pass(writer, data);
    this.#queue = [];
  }

  #pass(writer: WritableStreamDefaultWriter<Uint8Array>, data: Uint8Array): Promise<void> | undefined {
    writer.write(data).catch(ignore);
    return (writer.desiredSize ?? 0) > 0 ? undefined : writer.ready.catch(ignore);
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#queue = [];
  }
}

function ignore(): void {}
