import {
  childrenOf,
  collect,
  context,
  directory,
  expectFile,
  expectNames,
  expectPaths,
  file,
  named,
  nameOf,
  only,
  openBody,
  openedFile,
} from "./source-checks.ts";
import type {
  ScpSourceDirectory,
  ScpSourceFeatures,
  ScpSourceFixture,
  ScpSourceNode,
  ScpSourceSuiteOptions,
} from "./source-fixture.ts";
import { expect, type FixtureCase, pattern, withFixtures } from "./suite-case.ts";

/** One case, for any test runner. */
export interface ScpSourceCase {
  readonly name: string;
  /** @throws {Error} if the source does not behave as the case requires; the message states how it behaved */
  run(): Promise<void>;
}

/**
 * Returns the contract of a source's entries (`ScpEntry`) as cases for any test runner.
 *
 * ```ts
 * for (const { name, run } of sourceSuite({ create })) test(name, run);
 * ```
 */
export function sourceSuite({ create, features = {} }: ScpSourceSuiteOptions): readonly ScpSourceCase[] {
  const has: Record<keyof ScpSourceFeatures, boolean> = {
    paths: features.paths ?? true,
    directories: features.directories ?? true,
    emptyDirectories: features.emptyDirectories ?? true,
    missing: features.missing ?? true,
    modes: features.modes ?? false,
    times: features.times ?? false,
  };
  return withFixtures(cases, has, ({ node }) => create("top", node));
}

interface Case extends FixtureCase<ScpSourceFixture, keyof ScpSourceFeatures> {
  readonly node: ScpSourceNode;
}

const mtimeMs = 1_000_000_000_000;
const oddNames = [
  " a b ",
  "-rf",
  'it\'s "quoted"',
  "$(id)`id`",
  "*?[x]{y}",
  ".hidden",
  "...",
  "ünï-日本-🎉",
  "%2e+%20",
];
const bodies: Readonly<Record<string, number>> = { empty: 0, byte: 1, small: 4097, large: 1_500_000 };

const tree: ScpSourceDirectory = directory({
  file: file(100),
  a: directory({ file: file(200), b: directory({ file: file(300) }), c: directory({ file: file(400) }) }),
});

const cases: readonly Case[] = [
  {
    name: "a file is one entry, under its own name",
    node: file(1000),
    async run({ entries }) {
      const [entry, ...more] = await collect(entries);
      expect("number of entries", more.length + 1, 1);
      await expectFile(entry, "top", pattern(1000));
    },
  },
  {
    name: "bodies of any size arrive whole",
    needs: ["directories"],
    node: directory(Object.fromEntries(Object.entries(bodies).map(([name, size]) => [name, file(size)]))),
    async run({ entries }) {
      const children = await childrenOf(await only(entries));
      expectNames(children, Object.keys(bodies));
      for (const [name, size] of Object.entries(bodies)) await expectFile(named(children, name), name, pattern(size));
    },
  },
  {
    name: "names are given as they are",
    needs: ["directories"],
    node: directory(Object.fromEntries(oddNames.map((name) => [name, file(10)]))),
    async run({ entries }) {
      const children = await childrenOf(await only(entries));
      expectNames(children, oddNames);
      for (const child of children) await expectFile(child, nameOf(child), pattern(10));
    },
  },
  {
    name: "directories nest, and the same name may occur in each",
    needs: ["directories"],
    node: tree,
    async run({ entries }) {
      const top = await childrenOf(await only(entries));
      expectNames(top, ["a", "file"]);
      await expectFile(named(top, "file"), "file", pattern(100));
      const a = await childrenOf(named(top, "a"));
      expectNames(a, ["b", "c", "file"]);
      await expectFile(named(a, "file"), "file", pattern(200));
      for (const [name, size] of [
        ["b", 300],
        ["c", 400],
      ] as const) {
        const [inner] = await childrenOf(named(a, name));
        await expectFile(inner, "file", pattern(size));
      }
    },
  },
  {
    name: "the declared path of an entry is what is read",
    needs: ["directories", "paths"],
    node: tree,
    async run({ entries }) {
      await expectPaths([await only(entries)], "");
    },
  },
  {
    name: "an empty directory is a directory",
    needs: ["directories", "emptyDirectories"],
    node: directory({ empty: directory({}) }),
    async run({ entries }) {
      const children = await childrenOf(await only(entries));
      expectNames(children, ["empty"]);
      expectNames(await childrenOf(named(children, "empty")), []);
    },
  },
  {
    name: "a directory of many is listed whole",
    needs: ["directories"],
    node: directory(Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`file${index}`, file(index)]))),
    async run({ entries }) {
      const children = await childrenOf(await only(entries));
      expectNames(
        children,
        Array.from({ length: 250 }, (_, index) => `file${index}`),
      );
    },
  },
  {
    name: "a listing may be left early",
    needs: ["directories"],
    node: tree,
    async run({ entries }) {
      const top = await only(entries);
      if (top.type !== "directory") throw new Error(`The entry is a ${top.type} instead of a directory`);
      for await (const entry of top.entries(context("top"))) {
        expect("first name", ["a", "file"].includes(nameOf(entry)), true);
        break;
      }
    },
  },
  {
    name: "a body may be left early",
    node: file(1_500_000),
    async run({ entries }) {
      const body = await openBody(await only(entries));
      if (!(body instanceof Uint8Array)) {
        const reader = body.getReader();
        await reader.read();
        await reader.cancel(new Error("The connection is lost"));
      }
    },
  },
  {
    name: "a missing path is a failed entry and does not throw",
    needs: ["missing"],
    node: file(1),
    async run({ missing }) {
      if (missing === undefined) throw new Error("The fixture needs `missing` for this feature");
      expect("type of a missing path", (await only(missing)).type, "failed");
    },
  },
  {
    name: "files have their modes",
    needs: ["directories", "modes"],
    node: directory(Object.fromEntries([0o600, 0o644, 0o755].map((mode) => [`${mode}`, { ...file(1), mode }]))),
    async run({ entries }) {
      for (const child of await childrenOf(await only(entries))) {
        expect("mode of a file", `${(await openedFile(child)).mode}`, nameOf(child));
      }
    },
  },
  {
    name: "directories have their modes",
    needs: ["directories", "modes"],
    node: { ...directory({ inner: { ...directory({ file: file(1) }), mode: 0o700 } }), mode: 0o750 },
    async run({ entries }) {
      const top = await only(entries);
      expect("mode of the directory", top.type === "directory" && top.mode, 0o750);
      const [inner] = await childrenOf(top);
      expect("mode of the inner directory", inner?.type === "directory" && inner.mode, 0o700);
    },
  },
  {
    name: "files and directories have their times",
    needs: ["directories", "times"],
    node: { ...directory({ file: { ...file(1), mtimeMs } }), mtimeMs: mtimeMs + 5000 },
    async run({ entries }) {
      const top = await only(entries);
      expect("modification time of the directory", top.type === "directory" && top.times?.mtimeMs, mtimeMs + 5000);
      const [child] = await childrenOf(top);
      expect("modification time of the file", (await openedFile(child)).times?.mtimeMs, mtimeMs);
    },
  },
];
