import { spawn } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const scpkit = join(import.meta.dirname, "..", "..", "..", "apps", "cli", "bin", "scpkit.js");

/** The outcome of the `scpkit` command. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly stderr: string;
}

/**
 * Creates `ssh` and `scp` programs for which every host is this machine: the first runs its command here, the second is
 * scpkit.
 *
 * @returns a function that runs the command with that `ssh` (`-S`)
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
