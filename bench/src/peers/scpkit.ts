import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Command } from "../measure.ts";
import type { Runtime } from "../runtimes.ts";
import { cipherWords, operands, type Peer, type Transfer } from "./peer.ts";

/** The options for running scpkit. */
export interface ScpkitOptions {
  /** The runtime. The running Node is omitted from the peer's name. */
  readonly runtime: Runtime;
  /** Number of channels to request; if absent, scpkit chooses. */
  readonly parallel?: number | undefined;
}

const program = fileURLToPath(new URL("../../../apps/cli/bin/scpkit.js", import.meta.url));

/**
 * Returns the peer for scpkit's command line: `scpkit`, `scpkit@bun`, `scpkit+parallel=4`, `scpkit@node24+parallel=4`.
 */
export function createScpkit({ runtime, parallel }: ScpkitOptions): Peer {
  const where = runtime.name === "node" ? "" : `@${runtime.name}`;
  const wide = parallel === undefined ? "" : `+parallel=${parallel}`;
  const command = (transfer: Transfer, extra: readonly string[] = []): Command => ({
    argv: [
      ...runtime.words,
      ...extra,
      program,
      "-F",
      transfer.access.configFile,
      ...cipherWords(transfer),
      ...(transfer.shape === "tree" ? ["-r"] : []),
      ...(transfer.preserve ? ["-p"] : []),
      ...(parallel === undefined ? [] : ["--parallel", String(parallel)]),
      ...operands(transfer),
    ],
    env: runtime.env,
  });
  return {
    name: `scpkit${where}${wide}`,
    runsOn: `${runtime.version}, native addon ${runtime.addon ? "loaded" : "absent"}`,
    preserves: true,
    shapes: ["file", "tree"],
    problem: () => startProblem(runtime),
    command: (transfer) => command(transfer),
    ...(runtime.name.startsWith("node")
      ? { profile: (transfer, folder) => command(transfer, ["--cpu-prof", "--cpu-prof-dir", folder]) }
      : {}),
  };
}

async function startProblem(runtime: Runtime): Promise<string | undefined> {
  const [file = "", ...words] = runtime.words;
  try {
    const { stdout } = await promisify(execFile)(file, [...words, program, "--version"], {
      env: { ...process.env, ...runtime.env },
      timeout: 20_000,
    });
    if (stdout.trim() === "") return "scpkit --version prints nothing (is it built? npm run build)";
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const reason = text.split("\n").find((line) => /Error|not /.test(line)) ?? text.split("\n")[0];
    return `scpkit --version fails (is it built? npm run build): ${reason?.trim()}`;
  }
}
