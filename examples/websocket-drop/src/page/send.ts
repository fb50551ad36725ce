import type { ScpTransport } from "@scpkit/core";
import { upload } from "@scpkit/source";
import { count } from "./format.ts";
import { type LocalEntry, measure, toScpEntries } from "./local-tree.ts";
import { TransferCard } from "./transfer-card.ts";

/** A peer that moves nothing for this long has gone; a browser may notice only much later. */
export const stallMs = 60_000;

/** Sends what was dropped or chosen into a folder of the server, and shows it. Never rejects: the card tells. */
export async function send(transport: ScpTransport, folder: string, entries: readonly LocalEntry[]): Promise<void> {
  const total = measure(entries);
  const card = new TransferCard(`Sending ${count(total.files, "file")} to /${folder === "." ? "" : folder}`, total);
  try {
    await upload(transport, folder, toScpEntries(entries), {
      recursive: true,
      preserve: true,
      targetIsDirectory: true,
      // The server answers each record once, so that a file need not wait for the answer to the one before.
      answersOnce: true,
      limits: { stallMs, firstByteMs: stallMs },
      signal: card.signal,
      onEvent: card.observe,
    });
    card.end();
  } catch (error) {
    card.end(error);
  }
}
