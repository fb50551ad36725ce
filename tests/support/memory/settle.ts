import { type ScpTransferSummary, summaryOf } from "@scpkit/core";

/** What became of a transfer: failures of entries are part of the summary. */
export type Outcome = { readonly summary: ScpTransferSummary } | { readonly error: unknown };

/** Waits for a transfer; rejects when nothing becomes of it. */
export async function settle(transfer: Promise<ScpTransferSummary>): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The transfer hangs")), 10_000);
  });
  const outcome = transfer.then(
    (summary) => ({ summary }),
    (error: unknown) => {
      const summary = summaryOf(error);
      return summary === undefined ? { error } : { summary };
    },
  );
  try {
    return await Promise.race([outcome, hang]);
  } finally {
    clearTimeout(timer);
  }
}
