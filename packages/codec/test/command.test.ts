import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { formatCommand, parseCommand, type ScpCommand, ScpStateError } from "../src/index.ts";

const paths = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).filter((path) => !path.includes("\0")),
  fc
    .array(fc.constantFrom("a", " ", "'", '"', "\\", "$", "`", "\n", "*", "~", "-", ";", "!", "#", "é"), {
      maxLength: 10,
    })
    .map((parts) => parts.join("")),
);
const commands = fc.record({
  role: fc.constantFrom("source" as const, "sink" as const),
  paths: fc.array(paths, { maxLength: 3 }),
  recursive: fc.boolean(),
  preserve: fc.boolean(),
  verbose: fc.boolean(),
  targetIsDirectory: fc.boolean(),
  program: fc.constantFrom("scp", "/usr/bin/scp"),
});

/** The arguments that a POSIX shell hands to the program. */
function shellArguments(line: string): string[] {
  const script = `show() { printf '%s\\0' "$@"; }\n${line}`;
  const result = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  assert.equal(result.stderr, "");
  return result.stdout.split("\0").slice(0, -1);
}

function expectedArguments(command: ScpCommand): string[] {
  const flags = [
    command.verbose && "-v",
    command.recursive && "-r",
    command.preserve && "-p",
    command.targetIsDirectory && "-d",
    command.role === "source" ? "-f" : "-t",
    command.paths.some((path) => path.startsWith("-")) && "--",
  ];
  return [...flags.filter((flag) => typeof flag === "string"), ...command.paths];
}

describe("formatCommand and parseCommand", () => {
  it("are each other's inverse in every quoting that quotes", () => {
    fc.assert(
      fc.property(
        commands,
        fc.constantFrom("bare-if-safe" as const, "posix" as const, "double" as const),
        (command, quote) => {
          const parsed = parseCommand(formatCommand(command, { quote, allowNewline: true }));
          assert.deepEqual(parsed, { ...command, patterns: command.paths.map(() => false) });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("agree with sh about what the program is given", (t: TestContext) => {
    if (spawnSync("sh", ["-c", "exit 3"]).status !== 3) return t.skip("peer missing: sh");
    fc.assert(
      fc.property(
        commands,
        fc.constantFrom("bare-if-safe" as const, "posix" as const, "double" as const),
        (command, quote) => {
          const line = formatCommand({ ...command, program: "show" }, { quote, allowNewline: true });
          assert.deepEqual(shellArguments(line), expectedArguments(command));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("parse never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (rest) => void parseCommand(`scp -t ${rest}`)));
  });
});

describe("formatCommand", () => {
  it("refuses NUL", () => {
    for (const quote of ["bare-if-safe", "posix", "double", "none"] as const) {
      assert.throws(() => formatCommand({ role: "sink", paths: ["a\0b"] }, { quote }), ScpStateError);
    }
  });

  it("rejects half of a surrogate pair in every quoting", () => {
    for (const quote of ["bare-if-safe", "posix", "double", "none"] as const) {
      assert.throws(() => formatCommand({ role: "sink", paths: ["a\ud800"] }, { quote }), ScpStateError);
    }
  });

  it("rejects a newline unless the options allow it or the peer's shell is to read the path", () => {
    const command = { role: "sink", paths: ["ok", "a\nb"] } as const;
    for (const quote of [undefined, "bare-if-safe", "posix", "double"] as const) {
      assert.throws(() => formatCommand(command, { quote }), /"a\\012b" contains a newline.*allowNewline/);
    }
    assert.equal(formatCommand(command, { allowNewline: true }), "scp -t ok 'a\nb'");
    assert.equal(formatCommand(command, { quote: "none" }), "scp -t ok a\nb");
  });

  it("needs nothing but role and paths", () => {
    assert.equal(formatCommand({ role: "source", paths: [] }), "scp -f");
    assert.equal(formatCommand({ role: "sink", paths: ["a"], recursive: undefined }), "scp -t a");
  });

  it("leaves paths to the peer's shell when told so", () => {
    assert.equal(formatCommand({ role: "source", paths: ["~/*.txt $x"] }, { quote: "none" }), "scp -f ~/*.txt $x");
  });
});

describe("parseCommand", () => {
  it("fills in every field", () => {
    assert.deepEqual(parseCommand("/bin/scp -qtr ~/a"), {
      role: "sink",
      paths: ["~/a"],
      recursive: true,
      preserve: false,
      verbose: false,
      targetIsDirectory: false,
      program: "/bin/scp",
      patterns: [true],
    });
  });

  it("accepts every option that scp -t accepts", (t) => {
    if (spawnSync("scp").error !== undefined) return t.skip("peer missing: scp");
    const folder = mkdtempSync(join(tmpdir(), "scpkit-options-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const values: Record<string, string> = { l: "8", P: "22", X: "nrequests=8" };
    const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const accepted: string[] = [];
    for (const letter of letters) {
      const value = values[letter] ?? "x";
      for (const words of [[`-${letter}`], [`-${letter}${value}`], [`-${letter}`, value]]) {
        const argv = [...words, "-t", folder];
        // A sink begins with an acknowledgement.
        if (spawnSync("scp", argv, { input: "", timeout: 20_000 }).stdout[0] !== 0) continue;
        assert.equal(parseCommand(`scp ${argv.join(" ")}`)?.role, "sink", argv.join(" "));
        accepted.push(letter);
      }
    }
    assert.ok(accepted.includes("B") && accepted.includes("o"), accepted.join(""));
  });

  it("does not take a pattern for the program or for an option", () => {
    assert.equal(parseCommand("/bin/*/scp -t a"), undefined);
    assert.equal(parseCommand("scp -[t] a"), undefined);
  });
});
