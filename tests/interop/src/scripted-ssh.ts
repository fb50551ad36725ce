import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { TestContext } from "node:test";
import type { InteropServer } from "./workplace.ts";

/** A client whose every byte a test chooses: a remote command, or the login shell, over OpenSSH's ssh. */
export class ScriptedSsh {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<number | null>;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  /** @param command absent: the login shell */
  constructor(t: TestContext, server: InteropServer, command?: string) {
    const operands = command === undefined ? ["-T", "peer"] : ["peer", command];
    this.#child = spawn("ssh", [...server.options, ...operands]);
    this.#closed = new Promise((resolve) => this.#child.once("close", resolve));
    t.after(async () => {
      this.#child.kill("SIGKILL");
      await this.#closed;
    });
    // The server may have closed; what it replied is what a test looks at.
    this.#child.stdin.on("error", () => {});
    this.#child.stdout.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    this.#child.stdout.once("end", () => {
      this.#ended = true;
      this.#wake();
    });
    this.#child.stderr.resume();
  }

  send(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Reads one reply: `"ok"`, the line of an error, or `"end"`. */
  async reply(): Promise<string> {
    const first = await this.#take((bytes) => Math.min(1, bytes.byteLength));
    if (first.byteLength === 0) return "end";
    if (first[0] === 0) return "ok";
    return `${first.toString("latin1")}${await this.readThrough("\n")}`;
  }

  /** Reads up to a text, included; what is left when the output ends before it. */
  async readThrough(text: string): Promise<string> {
    const bytes = await this.#take((received) => {
      const index = received.indexOf(text);
      return index < 0 ? 0 : index + text.length;
    });
    return bytes.toString("utf8");
  }

  /** Sends the end of the input; returns the exit status. */
  async finish(): Promise<number | null> {
    this.#child.stdin.end();
    return await this.#closed;
  }

  async #take(lengthOf: (received: Buffer) => number): Promise<Buffer> {
    for (;;) {
      const length = lengthOf(this.#received) || (this.#ended ? this.#received.byteLength : 0);
      if (length > 0 || this.#ended) {
        const bytes = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return bytes;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
