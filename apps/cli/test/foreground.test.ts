import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { isForeground } from "../src/progress/foreground.ts";

test("without a terminal nothing is in the background", () => {
  assert.equal(typeof isForeground(), "boolean");
});

test("a job in the background of a terminal knows it", (t) => {
  if (process.platform !== "linux") return t.skip("peer missing: /proc");
  if (isMissing(t, "script", "script", ["-qec", "true", "/dev/null"])) return;
  const source = JSON.stringify(new URL("../src/progress/foreground.ts", import.meta.url).href);
  const node = `${process.execPath} --import tsx --input-type=module -e 'console.log((await import(${source})).isForeground())'`;
  const command = `bash -c ${quote(`set -m; ${node}; ${node} & wait`)}`;
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8" });
  assert.deepEqual(stdout.match(/true|false/g), ["true", "false"]);
});

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
