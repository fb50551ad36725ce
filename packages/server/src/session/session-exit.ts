import { encodeReply, escapeText } from "@scpkit/codec";
import type { ScpSessionChannel } from "@scpkit/core";

/** The maximum number of lines written to standard error. */
const maxLines = 20;
/** Milliseconds that sending the exit status may take when the session was aborted. */
const cutMs = 1000;

/** Rejects the command before the transfer begins, with one error line in place of the first acknowledgement. */
export function refuseCommand(channel: ScpSessionChannel, sentence: string): void {
  const line = encodeReply({ type: "warning", message: `scp: ${sentence}` });
  const writer = channel.writable.getWriter();
  writer.write(line).catch(ignore);
  writer.close().catch(ignore);
  channel.readable.cancel().catch(ignore);
}

/** Writes the errors to standard error that the protocol cannot report. */
export function writeToStderr(channel: ScpSessionChannel, sentences: readonly string[]): void {
  if (sentences.length === 0) return;
  const shown = sentences.slice(0, maxLines).map((sentence) => `scp: ${escapeText(sentence)}\n`);
  if (sentences.length > maxLines) shown.push(`scp: ${sentences.length - maxLines} more errors\n`);
  const writer = channel.stderr.getWriter();
  writer.write(new TextEncoder().encode(shown.join(""))).catch(ignore);
  writer.releaseLock();
}

/** Sends the exit status. Waits at most the stall limit for the client to accept it. */
export async function sendExit(
  channel: ScpSessionChannel,
  exitCode: number,
  stallMs: number,
  signal: AbortSignal,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let cut = (): void => {};
  const patience = new Promise<void>((resolve) => {
    const waitMs = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(resolve, ms);
    };
    cut = () => waitMs(cutMs);
    if (stallMs > 0) waitMs(stallMs);
    if (signal.aborted) cut();
    else signal.addEventListener("abort", cut, { once: true });
  });
  await Promise.race([channel.exit(exitCode).catch(ignore), patience]);
  clearTimeout(timer);
  signal.removeEventListener("abort", cut);
}

function ignore(): void {}
