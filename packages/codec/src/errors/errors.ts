import { causeOfWords, type ScpCauseCode } from "./cause-code.ts";
import { quoteText } from "./escape.ts";

/**
 * Errors of the SCP packages. `instanceof` works across copies and versions of this package: each class recognises
 * a brand registered with `Symbol.for` instead of its prototype. A subclass only declares its own `brand`.
 */
export abstract class ScpError extends Error {
  /** Stable, lower-case, hyphenated; the set is part of each class's contract. */
  abstract readonly code: string;

  /** @internal */
  static override [Symbol.hasInstance](
    this: { readonly brand?: symbol; readonly prototype: unknown },
    value: unknown,
  ): boolean {
    // biome-ignore lint/complexity/noThisInStatic: each subclass brings its own brand
    return typeof value === "object" && value !== null && this.brand !== undefined && this.brand in value;
  }

  /** @internal */
  static readonly brand: symbol = Symbol.for("scpkit.ScpError");

  /**
   * @param options `stack: false` leaves the stack out, for errors that a peer can cause at will: recording a stack takes far more time and
   *   memory than the rest of the error
   */
  constructor(message: string, options?: ErrorOptions & { readonly stack?: boolean | undefined }) {
    // V8 and JavaScriptCore have this property; the language does not.
    const stackTraceLimit: unknown = Reflect.get(Error, "stackTraceLimit");
    // Not an assignment: it would throw where built-in objects are frozen (node --frozen-intrinsics).
    if (options?.stack === false) Reflect.set(Error, "stackTraceLimit", 0);
    super(message, options);
    if (options?.stack === false) Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
    // The brand of this class and of each class above it.
    for (
      let type: { readonly brand?: symbol } = new.target;
      type.brand !== undefined;
      type = Object.getPrototypeOf(type)
    ) {
      Object.defineProperty(this, type.brand, { value: true });
    }
  }
}

/** How the peer broke the protocol. */
export type ScpProtocolErrorCode =
  | "not-a-record"
  | "not-a-reply"
  | "unexpected-newline"
  | "unexpected-end"
  | "unexpected-eof"
  | "missing-status"
  | "bad-mode"
  | "bad-size"
  | "size-out-of-range"
  | "bad-times"
  | "bad-name"
  | "unrequested-name"
  | "unrequested-directory"
  | "line-too-long";

/** The peer broke the protocol. Terminal: nothing sensible can follow on this channel. */
export class ScpProtocolError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpProtocolError");
  override readonly name = "ScpProtocolError";
  override readonly code: ScpProtocolErrorCode;
  /**
   * The line that was not understood, where there was one, at most the line limit of the decoder. Written by the peer: escape it before
   * it reaches a terminal.
   */
  readonly line: string | undefined;
  /** The peer has sent nothing of the protocol before `line`, and `line` does not look like it: most likely a login script printed it. */
  readonly noise: boolean;

  constructor(
    code: ScpProtocolErrorCode,
    message: string,
    options?: ErrorOptions & { readonly line?: string | undefined; readonly noise?: boolean | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.line = options?.line;
    this.noise = options?.noise ?? false;
  }
}

/** The peer reported an error of its own: a `\x01` (`warning`) or `\x02` (`fatal`) line. */
export class ScpPeerError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpPeerError");
  override readonly name = "ScpPeerError";
  /** The cause, where the words are known; otherwise the severity. */
  override readonly code: ScpCauseCode | "peer-warning" | "peer-fatal";
  readonly severity: "warning" | "fatal";
  /** The peer's words, unchanged. Escape them before they reach a terminal. */
  readonly peerMessage: string;

  constructor(severity: "warning" | "fatal", peerMessage: string) {
    super(`The peer reported ${quoteText(peerMessage)}`, { stack: false });
    this.code = causeOfWords(peerMessage) ?? (severity === "warning" ? "peer-warning" : "peer-fatal");
    this.severity = severity;
    this.peerMessage = peerMessage;
  }
}

/** This side called the API in an order or with a value that it does not allow. */
export class ScpStateError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpStateError");
  override readonly name = "ScpStateError";
  override readonly code = "bad-state";
}

/** A limit of this side was reached; `code` names the limit. */
export type ScpLimitErrorCode =
  | "limit-depth"
  | "limit-entries"
  | "limit-file-bytes"
  | "limit-total-bytes"
  | "limit-peer-errors"
  | "limit-refusals"
  | "limit-stall"
  | "limit-first-byte";

/** The transfer was ended because a limit of this side was reached. */
export class ScpLimitError extends ScpError {
  static override readonly brand: symbol = Symbol.for("scpkit.ScpLimitError");
  override readonly name = "ScpLimitError";
  override readonly code: ScpLimitErrorCode;
  /** The limit that was reached, in its own unit (bytes, entries, levels or milliseconds). */
  readonly limit: number;

  constructor(code: ScpLimitErrorCode, limit: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.limit = limit;
  }
}
