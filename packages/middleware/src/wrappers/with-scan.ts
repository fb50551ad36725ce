import { raceAbort } from "@scpkit/core/engine";
import type { Awaitable, ScpEntryInfo, ScpTarget } from "@scpkit/sink";
import { BodyFeed } from "../intercept/body-tap.ts";
import { interceptBody } from "../intercept/intercept-body.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";
import { ScpRefusalError } from "../refusal-error.ts";

/** A file that waits for a verdict. */
export interface ScpHeldFile {
  readonly entry: ScpEntryInfo;
  /** Where it will be stored: names joined with `/`, from the root of the storage. Written by the peer. */
  readonly path: string;
  /**
   * The body as it arrives, for a scanner. It ends if the body arrived completely, and errors otherwise. The transfer waits for its reader:
   * cancel the stream if you do not read it.
   */
  readonly body: ReadableStream<Uint8Array>;
  /** Aborted when the transfer ends early. */
  readonly signal: AbortSignal;
}

/** What becomes of a held file. `reason` is for the client to read. */
export type ScpVerdict = { readonly type: "accept" } | { readonly type: "refuse"; readonly reason: string };

/**
 * Commits a file only after a verdict on its finished body: for virus scanners and format checks. The body goes to `target` and to
 * `judge` at once; `close()` of the target's stream waits for both, and a refusal rolls it back.
 *
 * Anything but `accept` refuses, as does throwing. `judge` decides how long it may take: the client is kept waiting as long.
 */
export function withHold(target: ScpTarget, judge: (file: ScpHeldFile) => Awaitable<ScpVerdict>): ScpTarget {
  return wrapTarget(target, {
    async file(entry, context, open) {
      const { path, signal } = context;
      const inner = await open(entry, context);
      const feed = new BodyFeed();
      const judged = (async () => judge({ entry, path, body: feed.readable, signal }))().finally(() => feed.stop());
      let refusal: Refusal | undefined;
      const decided = raceAbort(judged, signal).then(refusalOf, (error: unknown) => ({ error }));
      decided.then((value) => {
        refusal = value;
      });
      return interceptBody(inner, signal, {
        async write(chunk) {
          if (refusal !== undefined) throw refusal.error;
          await feed.write(chunk);
        },
        async beforeCommit() {
          feed.close();
          const refused = await decided;
          if (refused !== undefined) throw refused.error;
        },
        rolledBack: (reason) => feed.error(reason),
      });
    },
  });
}

interface Refusal {
  readonly error: unknown;
}

/** Fails closed: a judge of plain JavaScript may return anything. */
function refusalOf(verdict: Partial<ScpVerdict> | undefined): Refusal | undefined {
  if (verdict?.type === "accept") return undefined;
  const reason = verdict?.type === "refuse" ? String(verdict.reason) : "Refused";
  return { error: new ScpRefusalError("verdict", reason) };
}
