import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { suggest } from "@scpkit/codec";
import { commandHint, optionHint } from "../src/command-line/hints.ts";
import { findOption, optionTable } from "../src/command-line/option-table.ts";
import { runCli } from "./support/cli.ts";
import { createSandbox } from "./support/sandbox.ts";

describe("suggest", () => {
  it("finds the nearest word, and none for a word that is too different", () => {
    const words = ["serve", "clean", "completion"] as const;
    for (const [word, expected] of [
      ["serv", "serve"],
      ["sevre", "serve"],
      ["serve", "serve"],
      ["claen", "clean"],
      ["completoin", "completion"],
      ["c", undefined],
      ["", undefined],
      ["dir", undefined],
      ["reserved", undefined],
    ] as const) {
      assert.equal(suggest(word, words), expected, word);
    }
  });
});

describe("the hint about an option that does not exist", () => {
  it("names the option that other programs call so, or one with a similar name, and the help", () => {
    for (const [flag, meant] of [
      ["--recursive", "-r"],
      ["--recursve", "-r"],
      ["--paralel", "--parallel"],
      ["--progres", "--progress"],
      ["-h", "--help"],
      ["-V", "--version"],
      ["--port", "-P"],
    ] as const) {
      assert.equal(optionHint(flag, "scpkit"), `Use ${meant} instead of ${flag}; scpkit --help lists the options`);
    }
    for (const flag of ["-y", "--zzzzzz"]) assert.equal(optionHint(flag, "scpkit"), "scpkit --help lists the options");
  });

  it("names no option that exists as a mistake for another one", () => {
    const mistakes = optionTable.flatMap(({ mistakenFor }) => mistakenFor ?? []);
    assert.deepEqual(
      mistakes.filter((flag) => findOption(flag) !== undefined),
      [],
    );
    assert.equal(new Set(mistakes).size, mistakes.length);
  });

  it("stands below the usage", async () => {
    const { stderr, status } = await runCli(["--recursive", "a", "h:b"]);
    assert.equal(status, 1);
    assert.match(stderr, /^scpkit: unknown option -- recursive\nusage: .*\nhint: Use -r instead of --recursive; /s);
    for (const command of ["serve", "clean"]) {
      const bad = await runCli([command, "--hepl"]);
      assert.equal(
        bad.stderr,
        `scpkit ${command}: Unknown option --hepl; did you mean --help?\nhint: scpkit ${command} --help\n`,
      );
      assert.equal(bad.status, 1);
    }
  });
});

describe("the hint about a first word that resembles a command", () => {
  it("shows how the command is called", () => {
    assert.equal(commandHint("serv", "scpkit"), "Did you mean scpkit serve DIR?");
    assert.equal(commandHint("completion", "scpkit"), "Did you mean scpkit completion bash|zsh|fish?");
    assert.equal(commandHint("help", "scpkit"), "Did you mean scpkit --help?");
    assert.equal(commandHint("report.pdf", "scpkit"), undefined);
  });

  it("follows what cp says of a missing file, and is not there for a file that exists", async (t) => {
    if (!existsSync("/bin/cp")) return t.skip("peer missing: cp");
    const box = createSandbox();
    t.after(() => box.remove());
    const bad = await runCli(["serv", "x"], { cwd: box.folder });
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /\nhint: Did you mean scpkit serve DIR\?\n$/);
    assert.match((await runCli(["serv"])).stderr, /^usage: .*\nhint: Did you mean scpkit serve DIR\?\n$/s);
    box.write("serv", "x");
    assert.deepEqual(await runCli(["serv", "x"], { cwd: box.folder }), { stdout: "", stderr: "", status: 0 });
  });
});
