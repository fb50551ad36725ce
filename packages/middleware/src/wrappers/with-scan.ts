import { raceAbort } from "@scpkit/core/engine";
import type { Awaitable, ScpEntryInfo, ScpTarget } from "@scpkit/sink";
import { BodyFeed } from "../intercept/body-tap.ts";
import { interceptBody } from "../intercept/intercept-body.ts";
import { wrapTarget } from "../intercept/wrap-target.ts";
import { ScpRefusalError } from "../refusal-error.ts";

/** A file that is being scanned. */
export interface ScpScannedFile {
  readonly entry: ScpEntryInfo;
  /** The path where it will be stored: names joined with `/`, from the root of the storage. The peer wrote it. */
  readonly path: string;
  /**
   * The body as it arrives. The stream closes if the body arrived completely, and errors otherwise. The transfer waits
   * for its reader: cancel the stream if you do not read it.
   */
  readonly body: ReadableStream<Uint8Array>;
  /** Aborted when the transfer ends early. */
  readonly signal: AbortSignal;
}

/** The result of a scan: whether the file is stored. `reason` is sent to the client. */
export type ScpScanResult = { readonly type: "accept" } | { readonly type: "refuse"; readonly reason: string };

/**
 * Commits a file only after a scan of its whole body has accepted it, for virus scanners and format checks. The body is
 * written to `target` and to `scan` at the same time. `close()` of the target's stream waits for both, and a rejection
 * rolls the file back.
 *
 * Any result other than `accept` rejects the file, and so does an error. There is no timeout: the client waits as long
 * as `scan` takes.
 */
export function withScan(target: ScpTarget, scan: (file: ScpScannedFile) => Awaitable<ScpScanResult>): ScpTarget {
  return wrapTarget(target, {
    async file(entry, context, open) {
      const { path, signal } = context;
      const inner = await open(entry, context);
      const feed = new BodyFeed();
      const scanned = (async () => scan({ entry, path, body: feed.readable, signal }))().finally(() => feed.stop());
      let refusal: Refusal | undefined;
      const decided = raceAbort(scanned, signal).then(refusalOf, (error: unknown) => ({ error }));
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

/** Rejects invalid results, because a scan written in plain JavaScript may return anything. */
function refusalOf(result: Partial<ScpScanResult> | undefined): Refusal | undefined {
  if (result?.type === "accept") return undefined;
  const reason = result?.type === "refuse" ? String(result.reason) : "Refused";
  return { error: new ScpRefusalError("scan", reason) };
}
