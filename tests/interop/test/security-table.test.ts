import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..", "..");
const security = readFileSync(join(root, "SECURITY.md"), "utf8");

test("every test that SECURITY.md names exists", () => {
  const named = [...security.matchAll(/`([\w/.-]+\.test\.ts) > ([^`]+)`/g)];
  assert.ok(named.length > 50, `${named.length} tests are named`);
  const gone = named
    .filter(([, file = "", title = ""]) => !readFileSync(join(root, file), "utf8").includes(title))
    .map(([text]) => text);
  assert.deepEqual(gone, []);
});

test("every row of the table has a test, and every CVE of SCP a row", () => {
  const rows = security.split("\n").filter((line) => line.startsWith("| ") && line.includes(".test.ts > "));
  assert.ok(rows.length > 20);
  const known = [
    ...["CVE-2000-0992", "CVE-2004-0175", "CVE-2006-0225", "CVE-2018-20685", "CVE-2019-6109", "CVE-2019-6110"],
    ...["CVE-2019-6111", "CVE-2020-12062", "CVE-2020-15778", "CVE-2026-0964", "CVE-2026-35385"],
  ];
  for (const cve of known)
    assert.ok(
      rows.some((row) => row.split(" | ")[0]?.includes(cve)),
      cve,
    );
});

test("every limit of ScpLimits is in the table of limits", () => {
  const limits = readFileSync(join(root, "packages", "core", "src", "limits.ts"), "utf8");
  const names = [...limits.matchAll(/^ {2}readonly (\w+): number;$/gm)].map(([, name]) => name);
  assert.ok(names.length >= 8);
  for (const name of names) assert.match(security, new RegExp(`^\\| \`${name}\``, "m"));
});
