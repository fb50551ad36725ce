import { spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const scpkit = join(import.meta.dirname, "..", "..", "..", "apps", "cli", "bin", "scpkit.js");

/** How the `scpkit` command ended. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly stderr: string;
}

/**
 * Makes `ssh` and `scp` for a machine that is this one: the one runs what it is told here, the other is scpkit.
 *
 * @returns runs the command with that `ssh` (`-S`), so that any host is this machine
 */
export function makeLocalShell(folder: string): (argv: readonly string[]) => Promise<CommandOutcome> {
  const ssh = join(folder, "local-ssh");
  writeFileSync(join(folder, "scp"), `#!/bin/sh\nexec '${process.execPath}' '${scpkit}' "$@"\n`);
  writeFileSync(
    ssh,
    `#!/bin/sh\nfor command; do :; done\nPATH='${folder}':"$PATH"\nexport PATH\nexec sh -c "$command"\n`,
  );
  for (const file of [ssh, join(folder, "scp")]) chmodSync(file, 0o755);
  return (argv) => {
    const child = spawn(process.execPath, [scpkit, "-S", ssh, ...argv], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stderr }));
    });
  };
}
