/**
 * The schema of the vectors. Every type is plain JSON, so that these types also describe `vectors/*.json`:
 * - bytes are strings in which each character, U+0000 to U+00FF, is one byte (latin1);
 * - modes are strings of four octal digits, times are whole seconds and microseconds.
 */

/**
 * Seconds and microseconds since 1970; `null` is a time beyond 2^53-1 milliseconds, which is acknowledged but not
 * applied.
 */
export type ScpVectorTime = { readonly seconds: number; readonly microseconds: number } | null;

/** A `\x01` or `\x02` line. `message` is text: the bytes decoded as UTF-8. */
export interface ScpVectorMessage {
  readonly type: "warning" | "fatal";
  readonly message: string;
}

/** A record in JSON. */
export type ScpVectorRecord =
  | {
      readonly type: "file";
      readonly mode: string;
      readonly size: number;
      /** The bytes of the name. */
      readonly name: string;
      /** The name as text (UTF-8, with U+FFFD for invalid bytes), if that differs from `name`. */
      readonly text?: string | undefined;
    }
  | { readonly type: "directory"; readonly mode: string; readonly name: string; readonly text?: string | undefined }
  | { readonly type: "times"; readonly mtime: ScpVectorTime; readonly atime: ScpVectorTime }
  | { readonly type: "end" }
  | ScpVectorMessage;

/** A reply, or the status at the end of a body, in JSON. */
export type ScpVectorReply = { readonly type: "ok" } | ScpVectorMessage;

/** An event of a record decoder, in JSON. Consecutive pieces of one body are one `data` event. */
export type ScpVectorEvent =
  | ScpVectorRecord
  | { readonly type: "data"; readonly data: string }
  | { readonly type: "status"; readonly status: ScpVectorReply }
  | { readonly type: "missing-status" };

/** The protocol error of an input. */
export interface ScpVectorError {
  /** A code of `ScpProtocolError`. */
  readonly code: string;
  /** The line that could not be parsed, as text; absent if the error does not concern a line. */
  readonly line?: string | undefined;
}

/** Bytes of a source, and the events that a sink decodes from them. */
export interface ScpRecordVector {
  readonly name: string;
  /** The rule that the vector tests. */
  readonly about: string;
  /** Everything that the source sends before the connection ends. */
  readonly input: string;
  /** @default 8192 */
  readonly maxLineBytes?: number | undefined;
  /** The sink's decisions on files and directories, in order. Entries without a decision are accepted. */
  readonly decisions?: readonly ("accept" | "reject")[] | undefined;
  readonly events: readonly ScpVectorEvent[];
  /** Thrown after the last of `events`; absent if the input is complete. */
  readonly error?: ScpVectorError | undefined;
}

/** Bytes of a sink, and the replies that a source decodes from them. */
export interface ScpReplyVector {
  readonly name: string;
  readonly about: string;
  /** Everything that the sink sends before the connection ends. */
  readonly input: string;
  /** @default 8192 */
  readonly maxLineBytes?: number | undefined;
  readonly replies: readonly ScpVectorReply[];
  /** Thrown after the last of `replies`; absent if the input is complete. */
  readonly error?: ScpVectorError | undefined;
}

/** A record or a reply to encode. */
export interface ScpEncodeVector {
  readonly name: string;
  readonly about: string;
  readonly kind: "record" | "reply";
  readonly value: ScpVectorRecord | ScpVectorReply;
  /** The bytes; `null` if the value cannot be sent (`ScpStateError`). */
  readonly output: string | null;
}

/** A command in JSON. An absent flag is not set; an absent program is `scp`. */
export interface ScpVectorCommand {
  readonly role: "source" | "sink";
  readonly paths: readonly string[];
  readonly recursive?: boolean | undefined;
  readonly preserve?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly targetIsDirectory?: boolean | undefined;
  readonly program?: string | undefined;
}

/** A command line to parse. */
export interface ScpParseCommandVector {
  readonly name: string;
  readonly about: string;
  readonly operation: "parse";
  readonly line: string;
  /** `null` if it is not an scp command, or cannot be parsed without a shell. */
  readonly command: ScpVectorCommand | null;
  /** Positions of the paths that a shell would have expanded. If absent, none. */
  readonly patterns?: readonly number[] | undefined;
}

/** A command line to format. */
export interface ScpFormatCommandVector {
  readonly name: string;
  readonly about: string;
  readonly operation: "format";
  readonly command: ScpVectorCommand;
  readonly quote: "bare-if-safe" | "posix" | "double" | "none";
  readonly line: string;
}

/** A vector of `commands.json`. */
export type ScpCommandVector = ScpParseCommandVector | ScpFormatCommandVector;
