import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { completions } from "../src/command-line/completions.ts";
import { visibleOptions } from "../src/command-line/option-table.ts";
import { subcommands } from "../src/command-line/subcommand-table.ts";

/** What bash offers for the last of `words`, in a folder with two files and a home with three hosts. */
function offers(t: TestContext, ...words: string[]): string[] {
  const home = mkdtempSync(join(tmpdir(), "scpkit-completion-"));
  t.after(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".ssh"));
  writeFileSync(join(home, ".ssh/config"), "Host alpha *.example !beta\n  Port 2\nhost=gamma\n");
  writeFileSync(join(home, ".ssh/known_hosts"), "delta,[1.2.3.4]:2222 ssh-ed25519 AAAA\n|1|x|y ssh-rsa AAAA\n");
  writeFileSync(join(home, "alphabet.txt"), "");
  const quoted = ["scpkit", ...words].map((word) => `'${word}'`).join(" ");
  const script = `${completions("bash")}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}; _scpkit
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = spawnSync("bash", ["--norc", "-c", script], {
    cwd: home,
    env: { ...process.env, HOME: home },
    encoding: "utf8",
  });
  assert.equal(run.stderr, "");
  return run.stdout
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();
}

describe("completions for bash", () => {
  it("offer options, values, files and hosts in their places", (t) => {
    if (isMissing(t, "bash")) return;
    assert.deepEqual(offers(t, "-"), visibleOptions.map((row) => row.flag).toSorted());
    assert.deepEqual(offers(t, "--pr"), ["--progress"]);
    assert.deepEqual(offers(t, "--progress", "j"), ["json"]);
    assert.deepEqual(offers(t, "-i", "alp"), ["alphabet.txt"]);
    assert.deepEqual(offers(t, "-J", ""), ["1.2.3.4", "alpha", "delta", "gamma"]);
    assert.deepEqual(offers(t, "-P", ""), []);
    assert.deepEqual(offers(t, "-r", "al"), ["alpha:", "alphabet.txt"]);
  });

  it("offer no options after the first operand", (t) => {
    if (isMissing(t, "bash")) return;
    assert.deepEqual(offers(t, "a", "-"), []);
    assert.deepEqual(offers(t, "--", "-"), []);
    assert.deepEqual(offers(t, "-P", "22", "g"), ["gamma:"]);
  });

  it("offer the options of a command after its name, and only there", (t) => {
    if (isMissing(t, "bash")) return;
    for (const { name, options } of subcommands) {
      const flags = options.flatMap(({ flag, short }) => [flag, short ?? []].flat());
      if (flags.length > 0) assert.deepEqual(offers(t, name, "-"), flags.toSorted());
    }
    assert.deepEqual(offers(t, "serve", "--host-key", "al"), ["alphabet.txt"]);
    assert.deepEqual(offers(t, "serve", "--port", "a"), []);
    assert.deepEqual(offers(t, "-r", "serve", "-"), []);
  });
});

for (const shell of ["bash", "zsh", "fish"] as const) {
  it(`completions for ${shell} are good ${shell} and tell every option`, (t) => {
    const script = completions(shell);
    for (const { flag } of visibleOptions) {
      const name = shell === "fish" ? (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`) : flag;
      assert.ok(script.includes(name), `${flag} is missing`);
    }
    if (isMissing(t, shell)) return;
    // fish 3.6 does not read a script from a pipe.
    const folder = mkdtempSync(join(tmpdir(), "scpkit-completions-"));
    try {
      const file = join(folder, "script");
      writeFileSync(file, script);
      const { status, stderr } = spawnSync(shell, ["-n", file], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
