import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { faultSessions } from "../src/faults/sessions.ts";

interface Line {
  readonly name: string;
  readonly tried: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  readonly errors: Readonly<Record<string, number>>;
}

/** What clients are told, of a connection that breaks, a command that dies, and a peer that falls silent. */
const expectedErrors = ["ScpConnectionError: lost", "ScpConnectionError: command-failed", "ScpLimitError: limit-stall"];

describe("a connection that fails at any byte", () => {
  const program = join(import.meta.dirname, "..", "src", "faults", "run-sweeps.ts");
  const hasScp = spawnSync("scp", []).error === undefined;
  const flags = process.execArgv.filter((word) => !word.startsWith("--test"));
  const child = spawn(process.execPath, [...flags, program, ...(hasScp ? ["--recorded"] : [])], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const sweeps = readLines(child);
  const total = new Map<string, number>();
  after(() => child.kill("SIGKILL"));

  const recorded = [
    ...["lockstep", "overlapped", "pipelined"].map(
      (replies) => `download of a tree with -p, ${replies}, as OpenSSH sent it`,
    ),
    "upload of a tree with -p, as OpenSSH answered it",
  ];
  for (const name of [...faultSessions().map((session) => session.name), ...recorded]) {
    it(name, async (t) => {
      if (recorded.includes(name) && isMissing(t, "scp", "scp")) return;
      const line = await sweeps.of(name);
      for (const [kind, number] of Object.entries(line.tried)) total.set(kind, (total.get(kind) ?? 0) + number);
      t.diagnostic(`${JSON.stringify(line.tried)} ${JSON.stringify(line.errors)}`);
      assert.deepEqual(line.problems.slice(0, 20), []);
      const { lost = 0, ended = 0, silent = 0 } = line.tried;
      assert.ok(lost > 20 && ended === lost && silent === lost, "every offset was cut");
      for (const kind of expectedErrors) assert.ok((line.errors[kind] ?? 0) > 0, kind);
    });
  }

  it("leaves no handle, no timer and no rejection behind", async (t) => {
    const { code, stderr } = await sweeps.ended;
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const cut = ["lost", "ended", "silent"].reduce((sum, kind) => sum + (total.get(kind) ?? 0), 0);
    const figures = `offsets cut ${cut}, bytes corrupted ${total.get("changed")}`;
    t.diagnostic(figures);
    process.stdout.write(`${figures}\n`);
  });
});

/** The lines of the child, as they come. */
function readLines(child: ChildProcess): {
  of(name: string): Promise<Line>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
} {
  const lines = new Map<string, Line>();
  let arrived = (): void => {};
  let over = false;
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  if (child.stdout === null) throw new Error("Its output is a pipe");
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line: Line = JSON.parse(text);
    lines.set(line.name, line);
    arrived();
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once("close", (code) => {
      over = true;
      arrived();
      resolve({ code, stderr });
    });
  });
  return {
    async of(name) {
      for (;;) {
        const line = lines.get(name);
        if (line !== undefined) return line;
        if (over) throw new Error(`The sweep ended early: ${stderr}`);
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
    ended,
  };
}
