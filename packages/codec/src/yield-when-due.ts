/** Milliseconds that the loops which call {@link yieldWhenDue} may work in one turn of the event loop, all of them together. */
const sliceMs = 5;
/** A turn that is marked as older than this many ms has ended: its timer was dropped with the request that set it. */
const staleMs = 1000;

/** When the work of the current turn began, on the clock of `performance.now()`; `undefined` until a loop asks. */
let startMs: number | undefined;

/**
 * Gives the event loop back when the current turn has worked for 5 ms. Call it in every loop that a peer can lengthen: input that is
 * already buffered settles promises without a turn of the event loop, so such a loop would hold back every other connection.
 *
 * All loops of the process share the 5 ms, so a peer gains nothing by more sessions.
 *
 * @returns `undefined` when the loop may go on, otherwise a promise that resolves in a later turn
 */
export function yieldWhenDue(): Promise<void> | undefined {
  return isDue() ? untilLaterTurn() : undefined;
}

function isDue(): boolean {
  const nowMs = performance.now();
  if (startMs === undefined || nowMs - startMs > staleMs) {
    startMs = nowMs;
    setTimeout(() => {
      startMs = undefined;
    });
    return false;
  }
  return nowMs - startMs >= sliceMs;
}

async function untilLaterTurn(): Promise<void> {
  do {
    await new Promise<void>((resolve) => setTimeout(resolve));
  } while (isDue());
}
