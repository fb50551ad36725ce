import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** When the program of `SSH_ASKPASS` is used: before the terminal, if there is no terminal, or never. */
export type AskpassUse = "first" | "fallback" | "never";

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads `SSH_ASKPASS_REQUIRE`, `DISPLAY` and `WAYLAND_DISPLAY` as OpenSSH does (readpass.c, `read_passphrase`). */
export function askpassUse(env: Environment): AskpassUse {
  const hasDisplay = (env.DISPLAY ?? "") !== "" || (env.WAYLAND_DISPLAY ?? "") !== "";
  switch (env.SSH_ASKPASS_REQUIRE?.toLowerCase()) {
    case "force":
      return "first";
    case "prefer":
      return hasDisplay ? "first" : "never";
    case "never":
      return "never";
    default:
      return hasDisplay ? "fallback" : "never";
  }
}

/**
 * Asks with the program that `SSH_ASKPASS` names, or with `ssh-askpass` of the `PATH`: the question is its only
 * argument, the answer the first line of its output.
 *
 * @param signal ends the program; the promise rejects with its reason
 * @returns `undefined` when the program cannot be started or its exit status is not 0
 */
export function runAskpass(question: string, signal: AbortSignal, env: Environment): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(env.SSH_ASKPASS || "ssh-askpass", [question], { stdio: ["inherit", "pipe", "inherit"], env });
    const onAbort = (): void => {
      child.kill();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    let output = "";
    const stdout: Readable | null = child.stdout;
    stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", () => resolve(undefined));
    child.once("close", (status) => {
      signal.removeEventListener("abort", onAbort);
      resolve(status === 0 ? output.split(/[\r\n]/, 1)[0] : undefined);
    });
  });
}
