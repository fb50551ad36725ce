import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fromLatin1, recordVectors } from "../src/index.ts";

/** Vectors on which this codec deliberately judges otherwise than OpenSSH's sink, and why. */
const deviations = new Map([
  ["end of input inside a directory", "OpenSSH ends well; a cut connection looks the same"],
  ["end of input before a status inside a directory", "OpenSSH ends without a word, with exit status 1"],
  ["end of input inside a status", "OpenSSH ends without a word, with exit status 1"],
  ["body with something else as status", "OpenSSH ends without a word, with exit status 1"],
  ["banner that begins with E", "OpenSSH ends well with nothing copied"],
  ["end without a directory", "OpenSSH ends well"],
  ["name with NUL", "OpenSSH cuts the name"],
  ["a stray NUL", "OpenSSH ends with an empty message of its own"],
  ["size of a directory", "OpenSSH refuses a size it ignores when it exceeds 2^63-1"],
  ["size of 2^53", "OpenSSH counts to 2^63-1"],
  ["line beyond the limit", "a limit of the vector"],
  ["endless status", "a limit of the vector"],
  ["long message", "OpenSSH reads 2047 bytes"],
]);

/** Complaints of OpenSSH's sink about the protocol, as opposed to trouble with files. */
const complaint = /\x01scp: (protocol error|error: unexpected filename)/;

describe("record vectors against OpenSSH's own sink", () => {
  for (const vector of recordVectors.filter(({ decisions }) => decisions === undefined)) {
    it(vector.name, (t: TestContext) => {
      if (spawnSync("scp", []).error !== undefined) return t.skip("peer missing: scp");
      const folder = mkdtempSync(join(tmpdir(), "scpkit-vectors-"));
      t.after(() => rmSync(folder, { recursive: true }));
      const sink = spawnSync("scp", ["-r", "-t", folder], { input: fromLatin1(vector.input) });
      const answers = Buffer.from(sink.stdout).toString("latin1");
      const relayed = vector.error?.line !== undefined && answers.includes(`\x01scp: ${latin1(vector.error.line)}\n`);
      const cut = vector.error?.code === "unexpected-eof" && answers.endsWith("\x01scp: Broken pipe\n");
      const agrees = (vector.error !== undefined) === (complaint.test(answers) || relayed || cut);
      assert.equal(agrees, !deviations.has(vector.name), `${JSON.stringify(answers)}, exit ${sink.status}`);
    });
  }

  it("deviates only where vectors exist", () => {
    const names = new Set(recordVectors.map(({ name }) => name));
    for (const name of deviations.keys()) assert.ok(names.has(name), name);
  });
});

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
