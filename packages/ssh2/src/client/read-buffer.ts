/** Larger pieces gain nothing more: they leave the processor's cache before they are decrypted, and memory grows. */
const pieceBytes = 128 * 1024;

/** What is left of a piece is used up for reads of at least this. */
const worthReadingBytes = 32 * 1024;

/**
 * Memory that a socket reads into: large pieces, used from front to back, and never used again, so that whoever gets a chunk may keep it.
 *
 * Node's own way is a new buffer of 64 KiB for each read, which costs an allocation and its collection per 64 KiB and cuts most of
 * SSH's packets in two: ssh2 decrypts a packet that arrived in one chunk where it is, and copies the others.
 */
export class ReadBuffer {
  #rest: Buffer = Buffer.allocUnsafeSlow(pieceBytes);

  /** Where the next read goes. */
  next(): Buffer {
    return this.#rest;
  }

  /** What a read has put there. */
  take(count: number): Buffer {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    if (this.#rest.byteLength < worthReadingBytes) this.#rest = Buffer.allocUnsafeSlow(pieceBytes);
    return taken;
  }
}
