import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, it } from "node:test";
import { root } from "../lib/run.mjs";
import { workspaces } from "../lib/workspaces.mjs";
import { folderArrows } from "./arrows.ts";
import { importsOf, sourceFiles, targetOf } from "./imports.ts";

/** Source files that a folder may hold directly. */
const maxFiles = 15;
/** Lines of a source file. */
const maxLines = 300;

/** Files that may be longer: tables, which one reads from top to bottom. */
const tables = [
  "apps/cli/src/command-line/option-table.ts",
  "packages/conformance/src/suites/storage-cases.ts",
  "packages/conformance/src/vectors/record-vectors.ts",
];

/** What still has to be split. Remove a line here once it is done. */
const crowdedFolders: readonly string[] = [];
const longFiles: readonly string[] = [
  "packages/codec/src/wire/record-decoder.ts",
  "packages/sink/src/receive.ts",
  "packages/source/src/lane.ts",
];

const sources = workspaces().flatMap(({ dir }) => sourceFiles(dir));

describe("arrows between folders", () => {
  for (const [workspace, rules] of Object.entries(folderArrows)) {
    const base = `${workspace}/src`;
    const folderOf = (file: string): string => posix.relative(base, dirname(file)) || ".";

    it(`${workspace} has each folder that its rules name`, () => {
      const folders = new Set(sourceFiles(workspace).map(folderOf));
      assert.deepEqual(
        Object.keys(rules).filter((folder) => !folders.has(folder)),
        [],
      );
    });

    it(`${workspace} imports between folders only what its rules allow`, () => {
      const imports = sourceFiles(workspace)
        .flatMap(importsOf)
        .filter(({ specifier }) => specifier.startsWith("."));
      const wrong = imports.filter((one) => {
        const [from, to] = [folderOf(one.file), folderOf(targetOf(one))];
        return from !== to && rules[from]?.includes(to) === false;
      });
      assert.deepEqual(
        wrong.map(({ file, line, specifier }) => `${file}:${line} imports ${specifier}`),
        [],
      );
    });
  }
});

describe("source folders and files", () => {
  it(`no folder holds more than ${maxFiles} source files`, () => {
    const counts = new Map<string, number>();
    for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    const crowded = [...counts].filter(([, count]) => count > maxFiles).map(([folder]) => folder);
    assert.deepEqual(crowded.sort(), crowdedFolders, "split these folders by subject");
  });

  it(`no source file is longer than ${maxLines} lines, except tables`, () => {
    const isLong = (file: string): boolean => readFileSync(join(root, file), "utf8").split("\n").length - 1 > maxLines;
    assert.deepEqual(sources.filter(isLong).sort(), [...tables, ...longFiles].sort(), "split these files by subject");
  });
});
