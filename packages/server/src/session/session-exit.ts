import { encodeReply, escapeText } from "@scpkit/codec";
import type { ScpSessionChannel } from "@scpkit/core";

/** Lines that standard error gets at most. */
const maxLines = 20;
/** How long sending the exit status to a client that was cut may take, in ms. */
const cutMs = 1000;

/** Refuses the command before the transfer began: one error line in place of the first acknowledgement. */
export function refuseCommand(channel: ScpSessionChannel, sentence: string): void {
  const line = encodeReply({ type: "warning", message: `scp: ${sentence}` });
  const writer = channel.writable.getWriter();
  writer.write(line).catch(ignore);
  writer.close().catch(ignore);
  channel.readable.cancel().catch(ignore);
}

/** Tells the user on the other side what the protocol has no room for. */
export function writeToStderr(channel: ScpSessionChannel, sentences: readonly string[]): void {
  if (sentences.length === 0) return;
  const shown = sentences.slice(0, maxLines).map((sentence) => `scp: ${escapeText(sentence)}\n`);
  if (sentences.length > maxLines) shown.push(`scp: ${sentences.length - maxLines} more errors\n`);
  const writer = channel.stderr.getWriter();
  writer.write(new TextEncoder().encode(shown.join(""))).catch(ignore);
  writer.releaseLock();
}

/** Sends the exit status. A client that does not take it is not waited for longer than the stall limit. */
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
