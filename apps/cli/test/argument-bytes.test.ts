import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { run, scpkit } from "./support/cli.ts";

/** Runs a shell script in which `"$@"` is the command. */
function shell(script: string): ReturnType<typeof run> {
  return run("sh", ["-c", script, "sh", process.execPath, scpkit]);
}

const bad = "$(printf 'caf\\351')";

describe("an argument that is not UTF-8", () => {
  for (const [what, operands] of [
    ["a local source", `"${bad}" h:`],
    ["a remote source", `"h:${bad}" .`],
    ["a target", `f "h:${bad}"`],
  ]) {
    it(`is rejected with the reason: ${what}`, async () => {
      const { stderr, status } = await shell(`"$@" -S false ${operands}`);
      assert.match(stderr, /: The argument is not UTF-8\nhint: Copy the directory that holds the file with -r/);
      assert.equal(status, 1);
    });
  }

  it("is rejected with the reason as the remote side of scp", async () => {
    for (const mode of ["-f", "-t"]) {
      const { stdout, status } = await shell(`printf '\\0' | "$@" ${mode} "${bad}"`);
      assert.match(stdout, /The argument is not UTF-8/, mode);
      assert.equal(status, 1);
    }
  });

  it("is not confused with U+FFFD itself", async (t) => {
    if (process.platform !== "linux") return t.skip("Only Linux shows the bytes of arguments");
    const { stderr } = await shell(`"$@" -S false "caf\uFFFD" h:`);
    assert.doesNotMatch(stderr, /not UTF-8/);
  });
});
