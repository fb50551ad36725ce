/** Milliseconds that the loops which call {@link yieldWhenDue} may work in one turn of the event loop, all of them together. */
const sliceMs = 5;
/** A turn that is marked as older than this many ms has ended: its timer was dropped with the request that set it. */
const staleMs = 1000;
/** Loops that continue in one turn: each takes at least one step, however much time the turn has used. */
const loopsPerTurn = 32;

/** When the work of the current turn began, on the clock of `performance.now()`; `undefined` until a loop asks. */
let startMs: number | undefined;
/** Continue the loops that wait, in the order in which they began to wait. */
const waiting: (() => void)[] = [];
/** When the timer of {@link continueLoops} was set, on the same clock; `undefined` when none is. */
let scheduledMs: number | undefined;

/**
 * Gives the event loop back when the current turn has worked for 5 ms. Call it in every loop that a peer can lengthen: input that is
 * already buffered settles promises without a turn of the event loop, so such a loop would hold back every other connection.
 *
 * All loops of the process share the 5 ms, so a peer gains nothing by more sessions. Loops that wait continue in the order in which
 * they began to wait, so a loop that always has work does not keep the others waiting.
 *
 * @returns `undefined` when the loop may go on, otherwise a promise that resolves in a later turn
 */
export function yieldWhenDue(): Promise<void> | undefined {
  if (!isDue()) return undefined;
  return new Promise((resolve) => {
    waiting.push(resolve);
    schedule();
  });
}

function isDue(): boolean {
  const nowMs = performance.now();
  if (startMs === undefined || nowMs - startMs > staleMs) {
    startMs = nowMs;
    setTimeout(() => {
      if (startMs === nowMs) startMs = undefined;
    });
    return false;
  }
  return nowMs - startMs >= sliceMs;
}

function schedule(): void {
  const nowMs = performance.now();
  if (scheduledMs !== undefined && nowMs - scheduledMs <= staleMs) return;
  scheduledMs = nowMs;
  setTimeout(continueLoops);
}

function continueLoops(): void {
  scheduledMs = undefined;
  startMs = undefined;
  for (const resume of waiting.splice(0, loopsPerTurn)) resume();
  if (waiting.length > 0) schedule();
}
