import { openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";
import { escapeText } from "@scpkit/codec";

/** Asks the person at the terminal: never standard input, which may be anything. */
export interface Prompter {
  /** Shows lines, then asks. `undefined`: there is no terminal, or the person gave up. `secret`: what is typed is not shown. */
  ask(question: string, options?: { readonly secret?: boolean }): Promise<string | undefined>;
}

/** Asks nobody: for batch mode. */
export const silentPrompter: Prompter = { ask: async () => undefined };

/**
 * Asks on the controlling terminal (`/dev/tty`). What the peer worded must be escaped by the caller, see {@link forPrompt}.
 *
 * @param signal gives up a question that is open
 */
export function createTerminalPrompter(signal: AbortSignal): Prompter {
  // One question at a time, also when two connections ask.
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(question, options = {}) {
      const answer = last.then(() => askTerminal(question, options.secret === true, signal));
      last = answer.catch(() => undefined);
      return answer;
    },
  };
}

/** A question of the peer made safe for the terminal; line breaks and the space at the end stay. */
export function forPrompt(text: string): string {
  return text.split(/\r?\n/).map(escapeText).join("\n");
}

async function askTerminal(question: string, secret: boolean, signal: AbortSignal): Promise<string | undefined> {
  const terminal = openTerminal();
  if (terminal === undefined) return undefined;
  const { input, output } = terminal;
  const giveUp = (): void => {
    input.destroy();
  };
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (signal.aborted) return undefined;
    const { read } = await import("read");
    return await read<string>({ input, output, prompt: question, silent: secret });
  } catch {
    return undefined;
  } finally {
    signal.removeEventListener("abort", giveUp);
    if (secret) output.write("\n");
    input.destroy();
    output.destroy();
  }
}

function openTerminal(): { readonly input: ReadStream; readonly output: WriteStream } | undefined {
  try {
    const path = process.platform === "win32" ? ["\\\\.\\CONIN$", "\\\\.\\CONOUT$"] : ["/dev/tty", "/dev/tty"];
    const [inPath = "", outPath = ""] = path;
    return { input: new ReadStream(openSync(inPath, "r")), output: new WriteStream(openSync(outPath, "w")) };
  } catch {
    return undefined;
  }
}
