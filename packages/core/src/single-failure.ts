import { ScpIncompleteError, type ScpTransferSummary } from "./transfer.ts";

const summaries = new WeakMap<object, ScpTransferSummary>();

/**
 * Returns what a transfer did that rejected with `error`: the summary of an `ScpIncompleteError`, or the one behind the error of a single
 * failure that `upload`, `download`, `openDownload` or `relay` rejected with.
 *
 * @returns `undefined` for an error that ended its transfer early
 */
export function summaryOf(error: unknown): ScpTransferSummary | undefined {
  if (error instanceof ScpIncompleteError) return error.summary;
  return typeof error === "object" && error !== null ? summaries.get(error) : undefined;
}

/**
 * Awaits a transfer and unwraps the error of a copy of one file: an `ScpIncompleteError` with exactly one failure, whose transfer copied no
 * file and no directory, becomes the error of that failure. {@link summaryOf} still returns the summary. Other errors stay as they are.
 */
export async function unwrapSingleFailure<T>(transfer: Promise<T>): Promise<T> {
  try {
    return await transfer;
  } catch (error) {
    throw singleError(error);
  }
}

function singleError(error: unknown): unknown {
  if (!(error instanceof ScpIncompleteError)) return error;
  const { summary } = error;
  const [failure] = summary.failures;
  const single = summary.failureCount === 1 && summary.files === 0 && summary.directories === 0;
  // An entry may fail with any value; only an error is worth rejecting with.
  if (!single || !(failure?.error instanceof Error)) return error;
  summaries.set(failure.error, summary);
  return failure.error;
}
