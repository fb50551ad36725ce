import { PutObjectCommand } from "@aws-sdk/client-s3";
import { BodyBuffer } from "./body-buffer.ts";
import { MultipartUpload, maxParts } from "./multipart-upload.ts";
import type { S3ObjectHead } from "./object-head.ts";
import { toS3Error } from "./s3-error.ts";
import type { S3Location } from "./s3-location.ts";

/** How large objects are split into parts. */
export interface PartOptions {
  readonly partBytes: number;
  readonly partsInFlight: number;
}

/** The object that a body becomes. */
export interface ObjectToWrite {
  readonly client: S3Location["client"];
  readonly head: S3ObjectHead;
  /** Expected bytes. */
  readonly size: number;
  /** The path for messages. */
  readonly label: string;
  /** Aborts the requests. */
  readonly signal: AbortSignal;
}

/**
 * Creates the stream that a body is written to. Nothing is visible before it is closed: a body of one part is put then,
 * a larger upload is completed. Aborting it removes the parts. Chunks are copied.
 */
export function createObjectWriter(object: ObjectToWrite, options: PartOptions): WritableStream<Uint8Array> {
  const writer = new ObjectWriter(object, options);
  return new WritableStream<Uint8Array>(
    { write: (chunk) => writer.write(chunk), close: () => writer.close(), abort: () => writer.abort() },
    { highWaterMark: 256 * 1024, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 },
  );
}

class ObjectWriter {
  readonly #object: ObjectToWrite;
  readonly #partsInFlight: number;
  readonly #part: BodyBuffer;
  readonly #upload: MultipartUpload;
  #isMultipart = false;

  constructor(object: ObjectToWrite, { partBytes, partsInFlight }: PartOptions) {
    const { client, head, size, signal } = object;
    this.#object = object;
    this.#partsInFlight = partsInFlight;
    this.#part = new BodyBuffer(Math.max(partBytes, Math.ceil(size / maxParts)));
    this.#upload = new MultipartUpload(client, head, signal);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    let rest = chunk;
    while (rest.byteLength > 0) {
      // A full part waits for the next byte, because it could be the whole body.
      if (this.#part.isFull) return this.#sendParts(rest);
      rest = this.#part.add(rest);
    }
    return undefined;
  }

  async close(): Promise<void> {
    try {
      if (this.#isMultipart) {
        await this.#roomForOne();
        this.#upload.send(this.#part.take());
        await this.#upload.complete();
      } else {
        await this.#put();
      }
    } catch (error) {
      await this.#fail(error);
    }
  }

  async abort(): Promise<void> {
    this.#part.take();
    if (this.#isMultipart) await this.#upload.abort();
  }

  async #sendParts(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    try {
      while (rest.byteLength > 0) {
        if (this.#part.isFull) {
          this.#isMultipart = true;
          this.#upload.send(this.#part.take());
          await this.#roomForOne();
        }
        rest = this.#part.add(rest);
      }
    } catch (error) {
      await this.#fail(error);
    }
  }

  async #roomForOne(): Promise<void> {
    while (this.#upload.inFlight >= this.#partsInFlight) await this.#upload.oneSent();
    if (this.#upload.failure !== undefined) throw this.#upload.failure.error;
  }

  async #put(): Promise<void> {
    const { client, head, signal } = this.#object;
    await client.send(new PutObjectCommand({ ...head, Body: this.#part.take() }), { abortSignal: signal });
  }

  // `abort` is never called for a stream whose `write` or `close` rejects.
  async #fail(error: unknown): Promise<never> {
    await this.abort();
    throw toS3Error(error, this.#object.label, this.#object.signal);
  }
}
