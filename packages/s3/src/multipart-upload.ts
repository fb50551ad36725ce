import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { S3ObjectHead } from "./object-head.ts";
import { isAbsent } from "./s3-error.ts";
import type { S3Location } from "./s3-location.ts";

/** The maximum number of parts of an object in S3. */
export const maxParts = 10_000;

/**
 * How often an upload is aborted until no part is left: a part that was being sent may arrive after the first abort.
 */
const abortAttempts = 3;

/**
 * One multipart upload. `complete` or `abort` is called once. No `send` may be pending then, except those that `abort`
 * ends.
 */
export class MultipartUpload {
  readonly #client: S3Location["client"];
  readonly #head: S3ObjectHead;
  readonly #cut = new AbortController();
  readonly #parts: CompletedPart[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #signal: AbortSignal;
  #begun: Promise<string> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(client: S3Location["client"], head: S3ObjectHead, signal: AbortSignal) {
    this.#client = client;
    this.#head = head;
    this.#signal = AbortSignal.any([signal, this.#cut.signal]);
  }

  /** The number of parts that are being sent. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The error of a part that was not stored, wrapped in an object. The upload cannot be completed then. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Starts to send the next part, which must not be changed afterwards. */
  send(body: Uint8Array): void {
    const part: CompletedPart = { PartNumber: this.#parts.length + 1 };
    this.#parts.push(part);
    const sending = this.#sendPart(part, body).catch((error: unknown) => {
      this.#failure ??= { error };
      this.#cut.abort();
    });
    this.#inFlight.add(sending);
    sending.then(() => this.#inFlight.delete(sending));
  }

  /** Resolves when the next part was sent or failed. Never rejects. */
  async oneSent(): Promise<void> {
    await Promise.race(this.#inFlight);
  }

  /** Waits for all parts and combines them into the object. */
  async complete(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure.error;
    const { Bucket, Key } = this.#head;
    const UploadId = await this.#begin();
    const input = { Bucket, Key, UploadId, MultipartUpload: { Parts: this.#parts } };
    await this.#client.send(new CompleteMultipartUploadCommand(input), { abortSignal: this.#signal });
  }

  /** Aborts pending requests and removes the parts. Never rejects: parts that cannot be removed stay. */
  async abort(): Promise<void> {
    this.#cut.abort();
    await Promise.all(this.#inFlight);
    try {
      const UploadId = await this.#begun;
      if (UploadId !== undefined) await this.#remove(UploadId);
    } catch {}
  }

  async #remove(UploadId: string): Promise<void> {
    const { Bucket, Key } = this.#head;
    for (let attempt = 0; attempt < abortAttempts; attempt += 1) {
      try {
        await this.#client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        await this.#client.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 1 }));
      } catch (error) {
        if (isAbsent(error)) return;
        throw error;
      }
    }
  }

  async #sendPart(part: CompletedPart, Body: Uint8Array): Promise<void> {
    const { Bucket, Key, ChecksumAlgorithm } = this.#head;
    const UploadId = await this.#begin();
    const input = { Bucket, Key, UploadId, PartNumber: part.PartNumber, Body, ChecksumAlgorithm };
    const sent = await this.#client.send(new UploadPartCommand(input), { abortSignal: this.#signal });
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = sent;
    const checksums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
    Object.assign(part, { ETag, ...checksums });
  }

  // The signal does not abort this request: an upload that was started without a response could not be removed.
  #begin(): Promise<string> {
    this.#begun ??= this.#create();
    return this.#begun;
  }

  async #create(): Promise<string> {
    // The client adds a CRC32 to every part, and the object must declare that its parts have one.
    const adds = (await this.#client.config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
    const input = adds ? { ChecksumAlgorithm: "CRC32" as const, ...this.#head } : this.#head;
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(input));
    if (UploadId === undefined) throw new Error("The storage started a multipart upload without an identifier");
    return UploadId;
  }
}
