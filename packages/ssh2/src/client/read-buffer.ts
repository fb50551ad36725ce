/** Larger pieces are not faster: they leave the processor's cache before they are decrypted, and use more memory. */
const pieceBytes = 128 * 1024;

/** The rest of a piece is used for another read if it has at least this size. */
const worthReadingBytes = 32 * 1024;

/**
 * Allocates the memory that a socket reads into: large pieces, filled from front to back and never reused, so that
 * chunks stay valid.
 *
 * Node by default allocates a new buffer of 64 KiB for each read, which costs an allocation and its collection per 64
 * KiB and splits most of SSH's packets: ssh2 decrypts a packet in place if it arrived in one chunk, and copies the
 * others.
 */
export class ReadBuffer {
  #rest: Buffer = Buffer.allocUnsafeSlow(pieceBytes);

  /** Returns the memory for the next read. */
  next(): Buffer {
    return this.#rest;
  }

  /** Returns the bytes that a read has stored. */
  take(count: number): Buffer {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    if (this.#rest.byteLength < worthReadingBytes) this.#rest = Buffer.allocUnsafeSlow(pieceBytes);
    return taken;
  }
}
