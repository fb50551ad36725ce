import type { Awaitable } from "@scpkit/sink";
import type { ScpBody, ScpEntries, ScpEntry, ScpFileEntry } from "@scpkit/source";
import { expect, type FixtureCase, pattern, withFixtures } from "./suite-case.ts";

/** A file or directory that a fixture is to hold. */
export type ScpSourceNode = ScpSourceFile | ScpSourceDirectory;

/** A file of {@link ScpSourceNode}. */
export interface ScpSourceFile {
  readonly type: "file";
  readonly bytes: Uint8Array;
  /** Matters with the feature `modes`. */
  readonly mode?: number | undefined;
  /** Whole seconds. Matters with the feature `times`. */
  readonly mtimeMs?: number | undefined;
}

/** A directory of {@link ScpSourceNode}. */
export interface ScpSourceDirectory {
  readonly type: "directory";
  /** By name. */
  readonly children: Readonly<Record<string, ScpSourceNode>>;
  /** Matters with the feature `modes`. */
  readonly mode?: number | undefined;
  /** Whole seconds. Matters with the feature `times`. */
  readonly mtimeMs?: number | undefined;
}

/** A place that holds one node, made without the source under test. */
export interface ScpSourceFixture {
  /** What the source under test gives for the node. */
  readonly entries: ScpEntries;
  /** What it gives for something that is not there. Needed unless `missing` is `false`. */
  readonly missing?: ScpEntries | undefined;
  /** Called after the case, also when it failed. */
  dispose?(): Awaitable<void>;
}

/** What a source promises beyond the contract of `ScpEntry`. */
export interface ScpSourceFeatures {
  /** What an entry declares as its `path` is the path from the place that holds the node. `false`: for absolute paths. @default true */
  readonly paths?: boolean | undefined;
  /** Gives directories. @default true */
  readonly directories?: boolean | undefined;
  /** A directory with nothing in it is given. @default true */
  readonly emptyDirectories?: boolean | undefined;
  /** What is not there is a failed entry. @default true */
  readonly missing?: boolean | undefined;
  /** Gives permission bits as they are. @default false */
  readonly modes?: boolean | undefined;
  /** Gives modification times, to the second. @default false */
  readonly times?: boolean | undefined;
}

/** What {@link sourceSuite} runs on. */
export interface ScpSourceSuiteOptions {
  /** Makes a place that holds `node` under `name`. Called once per case. */
  create(name: string, node: ScpSourceNode): Awaitable<ScpSourceFixture>;
  readonly features?: ScpSourceFeatures | undefined;
}

/** One case, for any test runner. */
export interface ScpSourceCase {
  readonly name: string;
  /** @throws {Error} the source does not behave as the case requires; the message says how it behaved */
  run(): Promise<void>;
}

/**
 * The contract of what a source sends (`ScpEntry`) as cases for any test runner.
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
    name: "what is not there is a failed entry, and no error",
    needs: ["missing"],
    node: file(1),
    async run({ missing }) {
      if (missing === undefined) throw new Error("The fixture needs `missing` for this feature");
      expect("type of what is not there", (await only(missing)).type, "failed");
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

function file(size: number): ScpSourceFile {
  return { type: "file", bytes: pattern(size) };
}

function directory(children: ScpSourceDirectory["children"]): ScpSourceDirectory {
  return { type: "directory", children };
}

function context(path: string): { readonly path: string; readonly signal: AbortSignal } {
  return { path, signal: new AbortController().signal };
}

async function collect(entries: ScpEntries): Promise<ScpEntry[]> {
  const found: ScpEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

async function only(entries: ScpEntries): Promise<ScpEntry> {
  const [entry, ...more] = await collect(entries);
  if (entry === undefined) throw new Error("There is no entry");
  if (more.length > 0) throw new Error(`There are ${more.length + 1} entries instead of one`);
  return entry;
}

async function childrenOf(entry: ScpEntry): Promise<ScpEntry[]> {
  if (entry.type !== "directory") throw new Error(`${describe(entry)} instead of a directory`);
  return collect(entry.entries(context(nameOf(entry))));
}

function named(entries: readonly ScpEntry[], name: string): ScpEntry {
  const found = entries.find((entry) => nameOf(entry) === name);
  if (found === undefined) throw new Error(`There is no entry ${JSON.stringify(name)}`);
  return found;
}

function nameOf({ name }: ScpEntry): string {
  return typeof name === "string" ? name : name.text;
}

/** The file as it is sent: what opening it said replaces what its entry said. */
async function openedFile(
  entry: ScpEntry | undefined,
): Promise<Pick<ScpFileEntry, "mode" | "size" | "times"> & { body: ScpBody }> {
  if (entry?.type !== "file") throw new Error(`${describe(entry)} instead of a file`);
  const { mode, size, times } = entry;
  const opened = await entry.open(context(nameOf(entry)));
  if (opened instanceof Uint8Array || !("body" in opened)) return { mode, size, times, body: opened };
  return { body: opened.body, size: opened.size, mode: opened.mode ?? mode, times: opened.times ?? times };
}

async function openBody(entry: ScpEntry): Promise<ScpBody> {
  return (await openedFile(entry)).body;
}

async function expectFile(entry: ScpEntry | undefined, name: string, bytes: Uint8Array): Promise<void> {
  const { size, body } = await openedFile(entry);
  expect("name of the file", entry && nameOf(entry), name);
  expect(`announced size of the file ${JSON.stringify(name)}`, size, bytes.byteLength);
  let from = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : chunksOf(body)) {
    const differs = chunk.findIndex((byte, index) => byte !== bytes[from + index]);
    if (differs !== -1) throw new Error(`The body of ${JSON.stringify(name)} differs from byte ${from + differs} on`);
    from += chunk.byteLength;
  }
  expect(`size of the body of ${JSON.stringify(name)}`, from, bytes.byteLength);
}

// Not `for await` over the stream itself: browsers learnt it late.
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

/** An entry that declares no path has that of its directory and its name. */
async function expectPaths(entries: readonly ScpEntry[], directory: string): Promise<void> {
  for (const entry of entries) {
    if (entry.type === "failed") throw new Error(describe(entry));
    const expected = `${directory}${nameOf(entry)}`;
    expect("declared path of an entry", entry.path ?? expected, expected);
    if (entry.type === "directory") await expectPaths(await childrenOf(entry), `${expected}/`);
  }
}

function expectNames(entries: readonly ScpEntry[], names: readonly string[]): void {
  const failed = entries.find((entry) => entry.type === "failed");
  if (failed !== undefined) throw new Error(describe(failed));
  expect("names", JSON.stringify(entries.map(nameOf).sort()), JSON.stringify([...names].sort()));
}

function describe(entry: ScpEntry | undefined): string {
  if (entry === undefined) return "There is no entry";
  if (entry.type !== "failed") return `The entry ${JSON.stringify(nameOf(entry))} is a ${entry.type}`;
  return `The entry ${JSON.stringify(nameOf(entry))} failed: ${entry.error}`;
}
