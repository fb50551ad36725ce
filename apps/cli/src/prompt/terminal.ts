import { openSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { ReadStream, WriteStream } from "node:tty";

interface Streams {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

/**
 * The terminal of this process (`/dev/tty`), for questions.
 *
 * It is opened once and stays open: on Bun a stream that is destroyed still has a read pending, which takes the next
 * input.
 */
export class Terminal {
  readonly #signal: AbortSignal;
  #streams: Streams | undefined;
  #giveUp: (() => void) | undefined;

  /** @param signal ends a question that is open: {@link ask} rejects with its reason */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Opens the terminal unless it is open. Returns whether there is one. */
  open(): boolean {
    this.#streams ??= openTerminal();
    return this.#streams !== undefined;
  }

  /**
   * Asks one question; only one at a time. What is typed is edited in raw mode, so the keys that send signals are read
   * as characters: Ctrl-C and Ctrl-\ restore the terminal and send SIGINT and SIGQUIT to the process group, as the
   * terminal does for ssh.
   *
   * @param secret what is typed is not shown
   * @returns `undefined` after Ctrl-D, or when there is no terminal
   */
  ask(question: string, secret: boolean): Promise<string | undefined> {
    if (!this.open() || this.#streams === undefined) return Promise.resolve(undefined);
    const { input, output } = this.#streams;
    const lines = question.split("\n");
    const prompt = lines.pop() ?? "";
    return new Promise((resolve, reject) => {
      const editor = createInterface({ input, output: secret ? blackHole() : output, terminal: true, historySize: 0 });
      let open = true;
      const restore = (newline: boolean): void => {
        open = false;
        input.off("keypress", onKey);
        process.off("SIGQUIT", onQuit);
        this.#giveUp = undefined;
        editor.close();
        if (newline) output.write("\n");
      };
      const settle = (answer: string | undefined): void => {
        this.#signal.removeEventListener("abort", onAbort);
        resolve(answer);
      };
      // The promise stays open: the run's handler of SIGINT aborts, which rejects, and SIGQUIT ends the process.
      const interrupt = (signal: NodeJS.Signals): void => {
        restore(true);
        signalGroup(signal);
      };
      const onKey = (text: string | undefined): void => {
        if (text === "\x1c") interrupt("SIGQUIT");
      };
      const onQuit = (): void => {
        restore(true);
        process.kill(process.pid, "SIGQUIT");
      };
      const onAbort = (): void => {
        if (open) restore(true);
        reject(this.#signal.reason);
      };
      const onEnd = (): void => {
        if (!open) return;
        restore(true);
        settle(undefined);
      };
      editor.once("line", (line) => {
        restore(secret);
        settle(line);
      });
      editor.once("SIGINT", () => interrupt("SIGINT"));
      editor.once("close", onEnd);
      input.on("keypress", onKey);
      process.on("SIGQUIT", onQuit);
      this.#signal.addEventListener("abort", onAbort, { once: true });
      this.#giveUp = onEnd;
      // After the editor has switched the echo off: an answer may come at once.
      output.write(lines.map((line) => `${line}\n`).join("") + (secret ? prompt : ""));
      editor.setPrompt(secret ? "" : prompt);
      editor.prompt();
    });
  }

  /** Cancels an open prompt, restores the terminal and closes it. */
  close(): void {
    this.#giveUp?.();
    this.#streams?.input.destroy();
    this.#streams?.output.destroy();
    this.#streams = undefined;
  }
}

function openTerminal(): Streams | undefined {
  try {
    const [inPath, outPath] =
      process.platform === "win32" ? ["\\\\.\\CONIN$", "\\\\.\\CONOUT$"] : ["/dev/tty", "/dev/tty"];
    return { input: new ReadStream(openSync(inPath, "r")), output: new WriteStream(openSync(outPath, "w")) };
  } catch {
    return undefined;
  }
}

/** The editor's output for a secret. */
function blackHole(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** Sends a signal to this process and to the others of its group, as a terminal does. */
function signalGroup(signal: NodeJS.Signals): void {
  if (process.platform === "win32") process.emit(signal, signal);
  else process.kill(0, signal);
}
