import { ScpPeerError } from "@scpkit/codec";
import type { ScpFailure, ScpObserver } from "@scpkit/core";
import { TransferLog } from "@scpkit/core/engine";
import { markEnd } from "./relay-side.ts";

/**
 * What both ends report, each failure once. It is the log of the lane to the target; what the source reported reaches it as an error
 * of this side, since that is how a lane is told what to pass on.
 */
export class RelayLog extends TransferLog {
  #lastWords = "";

  constructor(onEvent: ScpObserver | undefined, maxPeerErrors: number) {
    super(onEvent, maxPeerErrors);
  }

  /** What the target said when it last refused something. */
  get lastWords(): string {
    return this.#lastWords;
  }

  override fail(path: string, side: ScpFailure["side"], error: unknown): void {
    if (!(error instanceof ScpPeerError)) {
      super.fail(path, side, error);
      return;
    }
    if (side === "peer") this.#lastWords = error.peerMessage;
    markEnd(error, side === "peer" ? "target" : "source");
    super.fail(path, "peer", error);
  }
}
