import { checkOptions } from "../check-options.ts";
import { ScpStateError } from "../errors/errors.ts";
import { quoteText } from "../errors/escape.ts";
import { yieldWhenDue } from "../yield-when-due.ts";
import { encodeRecord, encodeReply } from "./encode.ts";
import type { ScpDirectoryRecord, ScpEvent, ScpFileRecord, ScpReply } from "./record.ts";
import { type ScpDecoderOptions, ScpRecordDecoder } from "./record-decoder.ts";
import { ScpReplyDecoder } from "./reply-decoder.ts";

/** Options of {@link ScpRecordDecoderStream}. */
export interface ScpRecordDecoderStreamOptions extends ScpDecoderOptions {
  /**
   * Tells how the sink answers a file or directory: `true` for `\0`, its body or children follow; `false` for `\1`, nothing
   * of it follows. Called once per record, after its event was handed on; decoding waits for the answer. What it throws
   * errors the stream.
   *
   * @default accepts everything
   */
  readonly accept?: ((record: ScpFileRecord | ScpDirectoryRecord) => boolean | PromiseLike<boolean>) | undefined;
}

/**
 * {@link ScpRecordDecoder} as a TransformStream: bytes of a source in, events out.
 *
 * Errors with `ScpProtocolError` when the source breaks the protocol or the input ends too early. Bytes after a fatal
 * message are ignored. The `data` of an event is a view into the chunk that was written.
 */
export class ScpRecordDecoderStream extends TransformStream<Uint8Array, ScpEvent> {
  constructor(options: ScpRecordDecoderStreamOptions = {}) {
    checkOptions("ScpRecordDecoderStream", options, { maxLineBytes: "number", accept: "function" });
    const decoder = new ScpRecordDecoder({ maxLineBytes: options.maxLineBytes });
    const accept = options.accept ?? (() => true);

    async function drain(controller: TransformStreamDefaultController<ScpEvent>): Promise<void> {
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        if (!enqueue(controller, event)) return;
        if (event.type === "file" || event.type === "directory") {
          const answer = accept(event);
          if (typeof answer === "boolean" ? answer : await answer) decoder.accept();
          else decoder.reject();
        }
        const nextTurn = yieldWhenDue();
        if (nextTurn !== undefined) await nextTurn;
      }
    }

    super({
      transform(chunk, controller) {
        decoder.push(chunk);
        return drain(controller);
      },
      flush(controller) {
        decoder.end();
        return drain(controller);
      },
    });
  }
}

/**
 * {@link encodeRecord} as a TransformStream: events in, the bytes of a source out. Body chunks are handed on uncopied.
 *
 * Errors with `ScpStateError` when the events could not be understood by a peer: a body that is longer or shorter than its
 * record announced, a body without status, a `missing-status`, more `end` events than directories, anything after a fatal message. A file
 * record followed directly by another record is a file that the sink has refused.
 */
export class ScpRecordEncoderStream extends TransformStream<ScpEvent, Uint8Array> {
  constructor() {
    const check = new EventCheck();
    super({
      transform(event, controller) {
        if (event.type === "missing-status") {
          throw new ScpStateError("A missing status cannot be sent; send a status after each body");
        }
        check.take(event);
        if (event.type === "data") {
          if (event.data.length > 0) enqueue(controller, event.data);
        } else {
          enqueue(controller, event.type === "status" ? encodeReply(event.status) : encodeRecord(event));
        }
      },
      flush() {
        check.end();
      },
    });
  }
}

/**
 * {@link ScpReplyDecoder} as a TransformStream: bytes of a sink in, replies out.
 *
 * Errors with `ScpProtocolError` when the sink sends something else than replies. Bytes after a fatal message are ignored.
 */
export class ScpReplyDecoderStream extends TransformStream<Uint8Array, ScpReply> {
  constructor(options: ScpDecoderOptions = {}) {
    checkOptions("ScpReplyDecoderStream", options, { maxLineBytes: "number" });
    const decoder = new ScpReplyDecoder(options);

    async function drain(controller: TransformStreamDefaultController<ScpReply>): Promise<void> {
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
        if (!enqueue(controller, reply)) return;
        const nextTurn = yieldWhenDue();
        if (nextTurn !== undefined) await nextTurn;
      }
    }

    super({
      transform(chunk, controller) {
        decoder.push(chunk);
        return drain(controller);
      },
      flush(controller) {
        decoder.end();
        return drain(controller);
      },
    });
  }
}

/** {@link encodeReply} as a TransformStream: replies in, the bytes of a sink out. */
export class ScpReplyEncoderStream extends TransformStream<ScpReply, Uint8Array<ArrayBuffer>> {
  constructor() {
    super({
      transform(reply, controller) {
        enqueue(controller, encodeReply(reply));
      },
    });
  }
}

/** `false` when the reader has cancelled: `enqueue` throws then, and there is nobody left to tell. */
function enqueue<T>(controller: TransformStreamDefaultController<T>, value: T): boolean {
  try {
    controller.enqueue(value);
    return true;
  } catch {
    return false;
  }
}

type SendableEvent = Exclude<ScpEvent, { type: "missing-status" }>;

/** Follows the events of a source and throws `ScpStateError` at the first one that cannot stand where it does. */
class EventCheck {
  #file: ScpFileRecord | undefined;
  #sent = 0;
  /** Directories that may be open: which of them the sink has refused is not known here. */
  #directories = 0;
  #over = false;

  take(event: SendableEvent): void {
    if (this.#over) throw new ScpStateError("Nothing may follow a fatal message; start a new stream");
    if (event.type === "data") this.#takeData(event.data.length);
    else if (event.type === "status") this.#takeStatus(event.status);
    else this.#takeRecord(event);
  }

  end(): void {
    if (this.#file !== undefined && this.#sent > 0) throw this.#unfinished(this.#file);
  }

  #takeData(length: number): void {
    const file = this.#file;
    if (file === undefined) throw new ScpStateError("Body bytes belong after a file record; send its record first");
    this.#sent += length;
    if (this.#sent > file.size) {
      throw new ScpStateError(`The body of ${quoteText(file.name.text)} exceeds its ${file.size} bytes; cut it`);
    }
  }

  #takeStatus(status: ScpReply): void {
    const file = this.#file;
    if (file === undefined) throw new ScpStateError("A status belongs after the body of a file; send its record first");
    if (this.#sent !== file.size) throw this.#unfinished(file);
    this.#file = undefined;
    this.#over = status.type === "fatal";
  }

  #takeRecord(record: Exclude<SendableEvent, { type: "data" | "status" }>): void {
    if (this.#file !== undefined && this.#sent > 0) throw this.#unfinished(this.#file);
    this.#file = undefined;
    if (record.type === "file") {
      this.#file = record;
      this.#sent = 0;
    } else if (record.type === "directory") {
      this.#directories += 1;
    } else if (record.type === "end") {
      if (this.#directories === 0) throw new ScpStateError("No directory is open; send one end per accepted directory");
      this.#directories -= 1;
    }
    this.#over = record.type === "fatal";
  }

  #unfinished(file: ScpFileRecord): ScpStateError {
    const name = quoteText(file.name.text);
    if (this.#sent === file.size) return new ScpStateError(`The body of ${name} needs a status; send one after it`);
    return new ScpStateError(
      `The body of ${name} has ${this.#sent} of its ${file.size} bytes; pad it, then send a warning as its status`,
    );
  }
}
