import { env as processEnvironment } from "node:process";
import { escapeText } from "@scpkit/codec";
import { askpassUse, runAskpass } from "./askpass.ts";
import { Terminal } from "./terminal.ts";

/** Asks a person: at the terminal or with `SSH_ASKPASS`, never on standard input, which may hold anything. */
export interface Prompter {
  /**
   * Shows `question`, which may have several lines, and waits for one line. Rejects when the run is interrupted.
   *
   * @returns the answer; `undefined` when nobody can be asked, or the person has declined (Ctrl-D)
   */
  ask(question: string, options?: { readonly secret?: boolean }): Promise<string | undefined>;
  /** Asks for a permission with the program of `SSH_ASKPASS` alone, as ssh does (readpass.c, `ask_permission`). */
  confirm(question: string): Promise<boolean>;
}

/** The prompter of one run. */
export interface RunPrompter extends Prompter {
  /** Cancels an open prompt, restores the terminal and closes it. */
  close(): void;
}

/** Returns `undefined` for every prompt. For batch mode. */
export const silentPrompter: Prompter = { ask: async () => undefined, confirm: async () => false };

/**
 * Makes the prompter of a run. It asks one question at a time, also when two connections ask.
 *
 * Where to ask is decided as in OpenSSH (readpass.c, `read_passphrase`). What the peer has written in a question must
 * be escaped by the caller, see {@link forPrompt}.
 *
 * @param signal ends a question that is open: `ask` rejects with its reason
 */
export function createPrompter(signal: AbortSignal, env: NodeJS.ProcessEnv = processEnvironment): RunPrompter {
  const terminal = new Terminal(signal);
  const askpass = askpassUse(env);
  let last: Promise<unknown> = Promise.resolve();
  const askNow = async (question: string, secret: boolean): Promise<string | undefined> => {
    signal.throwIfAborted();
    if (askpass !== "first" && terminal.open()) return terminal.ask(question, secret);
    return askpass === "never" ? undefined : runAskpass(question, signal, env);
  };
  const confirmNow = async (question: string): Promise<boolean> => {
    signal.throwIfAborted();
    if (askpass === "never") return false;
    const answer = await runAskpass(question, signal, { ...env, SSH_ASKPASS_PROMPT: "confirm" });
    return answer === "" || answer?.toLowerCase() === "yes";
  };
  const inTurn = <T>(question: () => Promise<T>): Promise<T> => {
    const answer = last.then(question);
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    ask: (question, { secret = false } = {}) => inTurn(() => askNow(question, secret)),
    confirm: (question) => inTurn(() => confirmNow(question)),
    close: () => terminal.close(),
  };
}

/** Escapes a question of the peer for the terminal. Line breaks and the space at the end stay. */
export function forPrompt(text: string): string {
  return text.split(/\r?\n/).map(escapeText).join("\n");
}
