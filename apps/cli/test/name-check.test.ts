import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createName } from "@scpkit/codec";
import { isMissing } from "@scpkit/test-support/programs";
import fc from "fast-check";
import { BracePatternError } from "../src/operands/brace-expand.ts";
import { createNameCheck } from "../src/operands/name-check.ts";

function accepts(path: string, name: string): boolean {
  return createNameCheck(path)(createName(name));
}

/** As OpenSSH. */
const same: readonly (readonly [path: string, yes: readonly string[], no: readonly string[]])[] = [
  ["f", ["f"], ["g", "F", "ff"]],
  ["dir/f", ["f"], ["dir", "dir/f"]],
  ["/a/b/c", ["c"], ["a", "b"]],
  ["a*", ["a", "ab"], ["b"]],
  ["*", ["a"], []],
  ["a{1,2}", ["a1", "a2"], ["a3", "a"]],
  ["{d/a,b}", ["a", "b"], ["d"]],
  ["sp\\ ace", ["sp ace"], ["sp", "ace"]],
  ["q\\[1\\]", ["q[1]"], ["q1"]],
  ["q[1]", ["q1", "q[1]"], ["q2"]],
  [".h*", [".hidden"], ["hidden"]],
  ["$HOME/x/f", ["f"], ["x", "evil"]],
  ["~/f", ["f"], ["~"]],
  ["~", ["~"], ["root", ".ssh"]],
  ["$x", [], ["x", "evil"]],
  ["dir/$x", [], ["x", "evil"]],
  ["$(cmd)", [], ["cmd", "evil"]],
  [".", ["."], ["f", ".ssh"]],
  ["é?", ["éa", "éü"], ["é"]],
];

/** More than OpenSSH, which needs -T for these. */
const more: readonly (readonly [path: string, yes: readonly string[], no: readonly string[]])[] = [
  ["'sp ace'", ["sp ace"], ["sp", "ace"]],
  ['"x"', ["x"], ["y"]],
  ["a1 a2", ["a1", "a2"], ["a3"]],
  ["b{c}", ["bc", "b{c}"], ["b"]],
  ["'*'", ["*"], ["a"]],
  ["d/'b{c'", ["b{c"], ["b"]],
  ["dir/", ["dir"], [""]],
  ["d*//", ["d1"], [""]],
  ["{a,}b", ["ab", "b"], ["a"]],
  ["a{b,c} d", ["ab", "ac", "d"], ["a"]],
];

/** Less than OpenSSH: no shell makes a hidden file of these. */
const less: readonly (readonly [path: string, yes: readonly string[], no: readonly string[]])[] = [
  ["*", ["a"], [".bashrc", ".ssh"]],
  ["d/*", ["a"], [".bashrc"]],
  ["?bashrc", ["abashrc"], [".bashrc"]],
  ["[.a]x", ["ax"], [".x"]],
  ["{*,.y*}", ["a", ".yy"], [".x"]],
  ["* .y*", ["a", ".yy"], [".x"]],
  ["\\.x*", [".xx"], ["xx"]],
  [".*", [".bashrc"], ["a"]],
  ["'.'x*", [".xx"], ["xx"]],
];

/** Sends an empty file called $NAME, then ends: three replies, or a complaint, have come. */
const server = `#!/bin/sh
printf 'C0644 0 %s\\n\\0' "$NAME"
head -c 3 > /dev/null
`;

describe("createNameCheck", () => {
  for (const [path, yes, no] of [...same, ...more]) {
    it(`reads ${JSON.stringify(path)}`, () => {
      for (const name of yes) assert.equal(accepts(path, name), true, `${name} was asked for`);
      for (const name of no) assert.equal(accepts(path, name), false, `${name} was not asked for`);
    });
  }

  it("takes no hidden file for a pattern that does not begin with a dot", () => {
    for (const [path, yes, no] of less) {
      for (const name of yes) assert.equal(accepts(path, name), true, `${path} and ${name}`);
      for (const name of no) assert.equal(accepts(path, name), false, `${path} and ${name}`);
    }
  });

  it("accepts a name as often as it was asked for", () => {
    const arrivals = (path: string, ...names: string[]): boolean[] => {
      const check = createNameCheck(path);
      return names.map((name) => check(createName(name)));
    };
    assert.deepEqual(arrivals("f", "f", "f"), [true, false]);
    assert.deepEqual(arrivals("*", "a", "b", "a"), [true, true, false]);
    assert.deepEqual(arrivals("a/f b/f", "f", "f", "f"), [true, true, false]);
    assert.deepEqual(arrivals("{a,b}/f", "f", "f", "f"), [true, true, false]);
    assert.deepEqual(arrivals("*/f", "f", "f", "f"), [true, true, true]);
    assert.deepEqual(arrivals("$dirs/f", "f", "f"), [true, true]);
    assert.deepEqual(arrivals("'*'/f", "f", "f"), [true, false]);
  });

  it("tells names apart by their bytes", () => {
    const check = createNameCheck("*");
    assert.equal(check(createName(Uint8Array.of(0xfe))), true);
    assert.equal(check(createName(Uint8Array.of(0xff))), true);
    assert.equal(check(createName(Uint8Array.of(0xff))), false);
  });

  it("refuses braces that do not pair, unless they are quoted", () => {
    assert.throws(() => createNameCheck("b{c"), BracePatternError);
    assert.throws(() => createNameCheck("x'b{c"), BracePatternError);
    assert.throws(() => createNameCheck("a[b"), BracePatternError);
    assert.equal(accepts("'b{c'", "b{c"), true);
  });

  it("accepts whatever scp accepts, and of the plain cases nothing else", (t) => {
    if (isMissing(t, "scp")) return;
    const folder = mkdtempSync(join(tmpdir(), "scpkit-names-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const program = join(folder, "server");
    writeFileSync(program, server, { mode: 0o755 });
    const scp = (path: string, name: string): boolean => {
      const argv = ["-O", "-q", "-S", program, "--", `h:${path}`, join(folder, "out")];
      return spawnSync("scp", argv, { env: { ...process.env, NAME: name }, timeout: 20_000 }).status === 0;
    };
    for (const [path, yes, no] of same) {
      for (const name of [...yes, ...no]) {
        if (name === "." || name === "" || name.includes("/")) continue;
        assert.equal(scp(path, name), accepts(path, name), `${path} and ${name}`);
      }
    }
    const units = ["a", "b", "*", "?", "[ab]", "{a,b}", "{}", "{a,{b,*}}", "\\", "/", "'", "$x", " "];
    const path = fc.array(fc.constantFrom(...units), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
    const name = fc.array(fc.constantFrom("a", "b", "{}", "*", "$x", " ", "'"), { minLength: 1, maxLength: 3 });
    const seen = fc.sample(fc.tuple(path, name), 200);
    for (const [request, parts] of seen) {
      const text = parts.join("");
      if (scp(request, text)) assert.equal(accepts(request, text), true, `${request} and ${text}`);
    }
  });
});
