import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { optionTable, visibleOptions } from "../src/command-line/option-table.ts";
import { help, usage } from "../src/command-line/usage.ts";

describe("help", () => {
  const lines = help("scpkit").split("\n");

  it("fits a screen of 80 columns and 24 lines, with a line left for the prompt", () => {
    assert.equal(lines.pop(), "");
    assert.ok(lines.length <= 23, `${lines.length} lines`);
    for (const line of lines) assert.ok(line.length < 80, line);
  });

  it("shows every option once and no hidden one", () => {
    const cells = lines.flatMap((line) => (line.startsWith(" ") ? [line.slice(1, 40), line.slice(41)] : []));
    const shown = cells.flatMap((cell) => cell.match(/^--?[\w-]+/) ?? []);
    assert.deepEqual(shown.toSorted(), visibleOptions.map((row) => row.flag).toSorted());
  });
});

describe("usage", () => {
  it("is scp's with scpkit's own options after them", () => {
    const words = usage("scpkit").replaceAll(/\s+/g, " ");
    assert.equal(
      words,
      "usage: scpkit [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config] [-i identity_file] " +
        "[-J destination] [-l limit] [-o ssh_option] [-P port] [-S program] [-X sftp_option] " +
        "[--parallel count] [--progress mode] source ... target ",
    );
    for (const line of usage("scpkit").split("\n")) assert.ok(line.length < 80, line);
  });
});

describe("optionTable", () => {
  it("has every option of scp(1), documented or not, and no flag twice", () => {
    const flags = optionTable.map((row) => row.flag);
    assert.equal(new Set(flags).size, flags.length);
    for (const letter of "12346ABCTdfOpqRrstvDFJPScilo X".replace(" ", "")) {
      assert.ok(flags.includes(`-${letter}`), `-${letter}`);
    }
  });

  it("has an argument exactly where scp(1) has one", () => {
    const letters = optionTable.filter((row) => row.argument !== undefined && !row.flag.startsWith("--"));
    assert.deepEqual(letters.map((row) => row.flag.slice(1)).toSorted(), [..."DFJPSXcilo"].toSorted());
  });
});
