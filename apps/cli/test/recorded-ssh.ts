import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the real scp does with a command line, up to the point where it would connect. */
export interface RecordedRun {
  /** Argument list of each ssh it started, without the program itself. */
  readonly calls: readonly (readonly string[])[];
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs the real `scp -O` with a program in ssh's place that writes its arguments down and fails. */
export function recordScp(argv: readonly string[]): RecordedRun {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-record-"));
  try {
    const program = join(folder, "ssh");
    const record = join(folder, "record");
    writeFileSync(record, "");
    // Not at once: scp gives up all operands when it writes to a program that has gone.
    const script = `printf '%s\\0' "$@" call-ends >> '${record}'\nsleep 0.3\nexit 1`;
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { stderr, status } = spawnSync("scp", ["-O", "-S", program, ...argv], { encoding: "utf8", cwd: folder });
    const calls: string[][] = [[]];
    for (const word of readFileSync(record, "utf8").split("\0").slice(0, -1)) {
      if (word === "call-ends") calls.push([]);
      else calls.at(-1)?.push(word);
    }
    return { calls: calls.slice(0, -1), stderr, status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
