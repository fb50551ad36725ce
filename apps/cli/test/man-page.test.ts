import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { manPage } from "../src/command-line/man-page.ts";
import { visibleOptions } from "../src/command-line/option-table.ts";
import { subcommands } from "../src/command-line/subcommand-table.ts";

function render(source: string): { text: string; warnings: string } {
  const { stdout, stderr } = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-P-cbou"], {
    input: source,
    encoding: "utf8",
  });
  return { text: stdout, warnings: stderr };
}

/** Whether a rendered page has the option with its description under it. */
function assertShows(page: string, heading: string, description: string): void {
  const [, after = ""] = page.split(new RegExp(`^ {7}${heading.replaceAll("[", "\\[")}(?=\\s)`, "m"));
  const words = after.replaceAll("‐\n", "").replaceAll(/[\s‐-]+/g, "");
  assert.ok(words.startsWith(`${description}.`.replaceAll(/[\s-]+/g, "")), `${heading}: ${after.slice(0, 200)}`);
}

test("the man page has every command with its options, and the sections of a man page", (t) => {
  if (isMissing(t, "groff")) return;
  const { text } = render(manPage("1.2.3"));
  for (const { name, operands, options } of subcommands) {
    const heading = `scpkit ${name}${options.length > 0 ? " [options]" : ""} ${operands}`;
    assert.ok(text.includes(`\n       ${heading}\n`), `${heading} in the synopsis`);
    const [, section = ""] = text.split(`\n   ${heading}\n`);
    for (const { flag, short, argument, description } of options) {
      const flags = short === undefined ? flag : `${short}, ${flag}`;
      assertShows(section, argument === undefined ? flags : `${flags} ${argument}`, description);
    }
  }
  const sections = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "PROGRESS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"];
  for (const name of [...sections, "FILES", "EXAMPLES", "SEE ALSO"]) {
    assert.match(text, new RegExp(`^${name}$`, "m"));
  }
});

test("the man page is well formed and tells every option", (t) => {
  if (isMissing(t, "groff")) return;
  const { text, warnings } = render(manPage("1.2.3"));
  assert.equal(warnings, "");
  for (const { flag, argument, description } of visibleOptions) {
    const heading = argument === undefined ? flag : `${flag} ${argument}`;
    assertShows(text, heading, description);
  }
  assert.match(text, /scpkit 1\.2\.3/);
  assert.match(text, /SYNOPSIS\n {7}scpkit \[-346ABCOpqRrsTv\] \[-c cipher\]/);
});

test("man can show the man page", (t) => {
  if (isMissing(t, "man")) return;
  const { stdout, status } = spawnSync("man", ["-l", "-"], { input: manPage("1.2.3"), encoding: "utf8" });
  assert.equal(status, 0);
  assert.match(stdout, /EXIT STATUS/);
});
