import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { formatCommand } from "../src/index.ts";

const shells = ["sh", "dash", "bash", "zsh", "csh", "tcsh", "fish"] as const;
const quotes = ["bare-if-safe", "posix", "double"] as const;

function noShell(t: TestContext, shell: string): boolean {
  const missing = spawnSync(shell, ["-c", "exit 3"]).status !== 3;
  // csh is another name of tcsh on most systems.
  if (missing) t.skip(shell === "csh" ? "this system has no csh besides tcsh" : `peer missing: ${shell}`);
  return missing;
}

/** Each character that some shell reads, alone, at both ends, twice, and before and after others that it reads. */
function oddPaths(): string[] {
  const odd = [..."\\'\"!$`#~%=^*?[]{}()<>|&;:,@+- \t\r\x01\x1b\x7f"];
  const paths = [
    "",
    "é\u2028\u{1f4be}",
    "it's",
    "a\\",
    "\\\\'",
    "%self",
    "=ls",
    "==",
    "~root",
    "x=~",
    "$HOME",
    "!!",
    "^a^b",
  ];
  for (const one of odd) {
    paths.push(one, `${one}${one}`, `a${one}`, `${one}a`, `a${one}b`, `-${one}`);
    for (const other of "\\'\"!$`") paths.push(`${one}${other}`, `${other}${one}`);
  }
  return paths;
}

/** The arguments that `shell` gives to a program for `line`, whose program is put in its place. */
function argumentsFrom(shell: string, line: string, env: NodeJS.ProcessEnv = process.env): string[] {
  const printing = line.replace(/^scp -f (-- )?/, "/usr/bin/printf '%s\\0' ");
  const { stdout, stderr } = spawnSync(shell, ["-c", printing], { encoding: "utf8", env });
  assert.equal(stderr, "", `${shell}: ${line}`);
  return stdout.split("\0").slice(0, -1);
}

/** Runs `use` in a folder that is removed afterwards. */
function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-quote-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("a quoted path arrives as it is", () => {
  for (const shell of shells) {
    it(`in ${shell}`, { timeout: 60_000 }, (t) => {
      if (noShell(t, shell)) return;
      const paths = oddPaths();
      for (const quote of quotes) {
        for (const LC_ALL of ["C", "C.UTF-8"]) {
          const line = formatCommand({ role: "source", paths: ["a", ...paths] }, { quote });
          assert.deepEqual(argumentsFrom(shell, line, { ...process.env, LC_ALL }), ["a", ...paths]);
        }
      }
    });

    it(`in ${shell}, generated`, { timeout: 60_000 }, (t) => {
      if (noShell(t, shell)) return;
      const unit = fc.constantFrom(..."ab \\'\"!$`#~%=*{};\t", "é", "\u{1f4be}");
      const path = fc.string({ unit, maxLength: 12 });
      fc.assert(
        fc.property(fc.array(path, { minLength: 1, maxLength: 30 }), fc.constantFrom(...quotes), (paths, quote) => {
          assert.deepEqual(argumentsFrom(shell, formatCommand({ role: "source", paths }, { quote })), paths);
        }),
        { numRuns: 25 },
      );
    });

    it(`in ${shell}, as bytes that are not UTF-8 too`, (t) => {
      if (noShell(t, shell)) return;
      inFolder((folder) => {
        // Each character stands for a byte, as where a client speaks Latin-1. xargs passes the bytes on as they are.
        const path = "caf\xe9 '\xff\\\x80!\xa0";
        for (const quote of quotes) {
          const line = formatCommand({ role: "source", paths: [path] }, { quote });
          const script = join(folder, "script");
          const printing = line.replace("scp -f ", "/usr/bin/printf '%s' ");
          writeFileSync(script, Buffer.from(printing, "latin1"));
          const { stdout } = spawnSync("xargs", ["-0", "-a", script, shell, "-c"], { encoding: "latin1" });
          assert.equal(stdout, path, `${shell} ${quote}`);
        }
      });
    });

    it(`in ${shell}, as the file that scp -t writes and scp -f reads`, { timeout: 60_000 }, (t) => {
      if (noShell(t, shell)) return;
      if (spawnSync("scp").error !== undefined) return t.skip("peer missing: scp");
      const names = [
        "a\\'; touch mark #",
        "x!touch mark",
        "dir\\",
        "`touch mark`",
        '$(touch mark)"',
        "=ls",
        "%self",
        "-r",
        "~",
        "*",
      ];
      for (const name of names) {
        inFolder((folder) => {
          const at = (command: string, input: string): Buffer =>
            spawnSync(shell, ["-c", command], { cwd: folder, input, env: { ...process.env, HOME: folder } }).stdout;
          mkdirSync(join(folder, "d"));
          const path = name.startsWith("-") || "=%~".includes(name.charAt(0)) ? name : `d/${name}`;
          at(formatCommand({ role: "sink", paths: [path] }), "C0644 5 other\nhello\0");
          assert.equal(readFileSync(join(folder, path), "utf8"), "hello", `${shell} ${name}`);
          const sent = at(formatCommand({ role: "source", paths: [path] }), "\0\0\0").toString();
          assert.match(sent, /^C0644 5 .*\nhello\0$/s, `${shell} ${name}`);
          assert.ok(!existsSync(join(folder, "mark")), `${shell} ran ${name}`);
          // fish makes folders for its settings in the home.
          const visible = readdirSync(folder).filter((entry) => !entry.startsWith("."));
          assert.deepEqual(visible.sort(), path === name ? [name, "d"].sort() : ["d"]);
        });
      }
    });
  }

  it("with a newline where the shell allows it", (t) => {
    for (const shell of ["sh", "dash", "bash", "zsh", "fish"]) {
      if (noShell(t, shell)) return;
      for (const quote of quotes) {
        const line = formatCommand({ role: "source", paths: ["a\nb", "\n"] }, { quote, allowNewline: true });
        assert.deepEqual(argumentsFrom(shell, line), ["a\nb", "\n"]);
      }
    }
  });
});
