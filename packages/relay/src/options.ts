import type { OptionKinds, ScpFormatCommandOptions, ScpName } from "@scpkit/codec";
import type { ScpLimits, ScpObserver, ScpTransport } from "@scpkit/core";
import { limitsKind } from "@scpkit/core/engine";

/** One end of a relay: where to run `scp`, and on which path. */
export interface ScpRelayPeer {
  /** Not closed by the relay. Both ends may use the same one. */
  readonly transport: ScpTransport;
  /** The path on that peer, quoted for its shell as {@link ScpRelayOptions.quote} says. */
  readonly path: string;
}

/** Which end of a relay: the one that sends (`scp -f`) or the one that receives (`scp -t`). */
export type ScpRelaySide = "source" | "target";

/** Options of {@link relay}. */
export interface ScpRelayOptions {
  /** Asks for directories with all below them (`-r`). @default false */
  readonly recursive?: boolean | undefined;
  /** Keeps times and modes (`-p`). @default false */
  readonly preserve?: boolean | undefined;
  /** Whether the target path must be a directory (`-d`). @default false */
  readonly targetIsDirectory?: boolean | undefined;
  /** Asks both remote scps to be verbose on their standard error. @default false */
  readonly verbose?: boolean | undefined;
  /** How both paths are quoted for the remote shells; `none` leaves globs and `~` to them, as scp(1) does. @default "bare-if-safe" */
  readonly quote?: ScpFormatCommandOptions["quote"];
  /** Whether the paths may contain a newline: not if the login shell of either peer is csh or tcsh. @default false */
  readonly allowNewline?: boolean | undefined;
  /**
   * Which top-level names were asked for; any other ends the relay with `ScpProtocolError` (`unrequested-name`). Called once for each
   * that arrives, so that it can count.
   *
   * @default accepts the last component of the source's path, once
   */
  readonly acceptName?: ((name: ScpName) => boolean) | undefined;
  /** Bounds on what each peer can make this side do; those left out keep the client defaults. */
  readonly limits?: Partial<ScpLimits> | undefined;
  /** Ends the relay at both ends; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Told of every start, progress, finish and failure, once: as the target takes the bytes and answers for them.
   * {@link relaySideOf} returns the end of a failure.
   */
  readonly onEvent?: ScpObserver | undefined;
  /** Receives what the remote commands write to standard error. Escape it before it reaches a terminal. */
  readonly onStderr?: ((chunk: Uint8Array, end: ScpRelaySide) => void) | undefined;
}

/** What the options of {@link ScpRelayOptions} take. */
export const relayOptionKinds: OptionKinds<ScpRelayOptions> = {
  recursive: "boolean",
  preserve: "boolean",
  targetIsDirectory: "boolean",
  verbose: "boolean",
  quote: ["bare-if-safe", "posix", "double", "none"],
  allowNewline: "boolean",
  acceptName: "function",
  limits: limitsKind,
  signal: "signal",
  onEvent: "function",
  onStderr: "function",
};
