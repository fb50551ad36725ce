/*
 * The schema of the vectors. Every type is plain JSON, so that `vectors/*.json` and these types are the same thing:
 * - bytes are strings in which each character, U+0000 to U+00FF, is one byte (latin1);
 * - modes are strings of four octal digits, times are whole seconds and microseconds.
 */

/** Seconds and microseconds since 1970; `null` is a time beyond 2^53-1 milliseconds, which is acknowledged and not applied. */
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
      /** The name as text (UTF-8, what is not becomes U+FFFD), where that differs from `name`. */
      readonly text?: string | undefined;
    }
  | { readonly type: "directory"; readonly mode: string; readonly name: string; readonly text?: string | undefined }
  | { readonly type: "times"; readonly mtime: ScpVectorTime; readonly atime: ScpVectorTime }
  | { readonly type: "end" }
  | ScpVectorMessage;

/** A reply, or the status that closes a body, in JSON. */
export type ScpVectorReply = { readonly type: "ok" } | ScpVectorMessage;

/** What a decoder of records yields, in JSON. Pieces of one body that follow each other are one `data` event. */
export type ScpVectorEvent =
  | ScpVectorRecord
  | { readonly type: "data"; readonly data: string }
  | { readonly type: "status"; readonly status: ScpVectorReply }
  | { readonly type: "missing-status" };

/** How the input breaks the protocol. */
export interface ScpVectorError {
  /** A code of `ScpProtocolError`. */
  readonly code: string;
  /** The line that was not understood, as text; absent when the error is not about a line. */
  readonly line?: string | undefined;
}

/** Bytes of a source, and what a sink makes of them. */
export interface ScpRecordVector {
  readonly name: string;
  /** The rule it stands for. */
  readonly about: string;
  /** Everything the source sends; then the connection ends. */
  readonly input: string;
  /** @default 8192 */
  readonly maxLineBytes?: number | undefined;
  /** The sink's decisions on files and directories, in order; what lacks one is accepted. */
  readonly decisions?: readonly ("accept" | "reject")[] | undefined;
  readonly events: readonly ScpVectorEvent[];
  /** Thrown after the last of `events`; absent when the input is complete. */
  readonly error?: ScpVectorError | undefined;
}

/** Bytes of a sink, and what a source makes of them. */
export interface ScpReplyVector {
  readonly name: string;
  readonly about: string;
  /** Everything the sink sends; then the connection ends. */
  readonly input: string;
  /** @default 8192 */
  readonly maxLineBytes?: number | undefined;
  readonly replies: readonly ScpVectorReply[];
  /** Thrown after the last of `replies`; absent when the input is complete. */
  readonly error?: ScpVectorError | undefined;
}

/** A record or a reply to encode. */
export interface ScpEncodeVector {
  readonly name: string;
  readonly about: string;
  readonly kind: "record" | "reply";
  readonly value: ScpVectorRecord | ScpVectorReply;
  /** The bytes; `null` when the value cannot be sent (`ScpStateError`). */
  readonly output: string | null;
}

/** A command in JSON; an absent flag is not set, an absent program is `scp`. */
export interface ScpVectorCommand {
  readonly role: "source" | "sink";
  readonly paths: readonly string[];
  readonly recursive?: boolean | undefined;
  readonly preserve?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly targetIsDirectory?: boolean | undefined;
  readonly program?: string | undefined;
}

/** A command line to read. */
export interface ScpParseCommandVector {
  readonly name: string;
  readonly about: string;
  readonly operation: "parse";
  readonly line: string;
  /** `null`: not an scp command, or one that cannot be understood without a shell. */
  readonly command: ScpVectorCommand | null;
  /** Positions of the paths that a shell would have expanded. Absent: none. */
  readonly patterns?: readonly number[] | undefined;
}

/** A command line to write. */
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
