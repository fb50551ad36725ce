import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getopt } from "../src/command-line/getopt.ts";

const options = new Map([
  ["-r", false],
  ["-p", false],
  ["-3", false],
  ["-P", true],
  ["-o", true],
  ["--parallel", true],
  ["--help", false],
]);

function parse(argv: readonly string[]): { options: string[]; operands: readonly string[] } {
  const parser = getopt(argv, (flag) => options.get(flag));
  const seen: string[] = [];
  let step = parser.next();
  for (; step.done !== true; step = parser.next()) seen.push(`${step.value.flag}${step.value.value}`);
  return { options: seen, operands: step.value };
}

describe("getopt", () => {
  it("reads bundles, glued and separate arguments in order", () => {
    assert.deepEqual(parse(["-rpP2222", "-oA=1", "-o", "B=2", "-3", "a", "b"]), {
      options: ["-r", "-p", "-P2222", "-oA=1", "-oB=2", "-3"],
      operands: ["a", "b"],
    });
  });

  it("stops at the first operand, at a single hyphen and after two", () => {
    assert.deepEqual(parse(["-r", "a", "-p"]), { options: ["-r"], operands: ["a", "-p"] });
    assert.deepEqual(parse(["-", "-p"]), { options: [], operands: ["-", "-p"] });
    assert.deepEqual(parse(["-r", "--", "-p"]), { options: ["-r"], operands: ["-p"] });
    assert.deepEqual(parse(["", "-p"]), { options: [], operands: ["", "-p"] });
  });

  it("takes the next word for an argument whatever it looks like", () => {
    assert.deepEqual(parse(["-P", "-r", "a"]), { options: ["-P-r"], operands: ["a"] });
    assert.deepEqual(parse(["-o", "--", "a"]), { options: ["-o--"], operands: ["a"] });
    assert.deepEqual(parse(["-P", "", "a"]), { options: ["-P"], operands: ["a"] });
    assert.deepEqual(parse(["-o=x"]), { options: ["-o=x"], operands: [] });
  });

  it("reads long options with their argument glued or separate", () => {
    assert.deepEqual(parse(["--parallel=4", "--parallel", "5", "--help"]), {
      options: ["--parallel4", "--parallel5", "--help"],
      operands: [],
    });
  });

  const complaints: readonly (readonly [string[], string])[] = [
    [["-z"], "unknown option -- z"],
    [["-rz"], "unknown option -- z"],
    [["-p-help"], "unknown option -- -"],
    [["-P"], "option requires an argument -- P"],
    [["-rP"], "option requires an argument -- P"],
    [["--parallel"], "option requires an argument -- parallel"],
    [["--paralel=4"], "unknown option -- paralel"],
    [["--help=x"], "option doesn't take an argument -- help"],
    [["-é"], "unknown option -- é"],
  ];
  for (const [argv, message] of complaints) {
    it(`complains of ${argv.join(" ")} with "${message}"`, () => {
      assert.throws(() => parse(argv), { name: "GetoptError", message });
    });
  }
});
