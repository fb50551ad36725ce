import { createName, type ScpName, type ScpTimes } from "@scpkit/codec";
import type { Awaitable, ScpEntryInfo, ScpTarget } from "@scpkit/sink";
import { expect, type FixtureCase, pattern, withFixtures } from "./suite-case.ts";

/** A fresh, empty place to store in, and a way to look into it that does not go through the target. */
export interface ScpTargetFixture {
  readonly target: ScpTarget;
  /** The bytes of a file by its names from the top; `undefined` when no such file is visible. */
  read(path: readonly string[]): Awaitable<Uint8Array | undefined>;
  /** The names in a directory, whatever they are, in any order. An empty path is the top. */
  list(path: readonly string[]): Awaitable<readonly string[]>;
  /** Needed for the features `modes` and `times`. */
  stat?(
    path: readonly string[],
  ): Awaitable<{ readonly mode?: number | undefined; readonly mtimeMs?: number | undefined }>;
  /** Called after the case, also when it failed. */
  dispose?(): Awaitable<void>;
}

/** What a target promises beyond the contract of `ScpTarget`. */
export interface ScpTargetFeatures {
  /** Takes directories. @default true */
  readonly directories?: boolean | undefined;
  /** A directory with nothing in it exists. @default true */
  readonly emptyDirectories?: boolean | undefined;
  /** A file of a name that is taken replaces the old one. @default true */
  readonly overwrite?: boolean | undefined;
  /** A directory is not replaced by a file, nor a file by a directory. @default false */
  readonly typesClash?: boolean | undefined;
  /** Keeps permission bits as sent. @default false */
  readonly modes?: boolean | undefined;
  /** Keeps modification times, to the second. @default false */
  readonly times?: boolean | undefined;
  /** Refuses names that are empty, `.` or `..`, or hold a slash, NUL or newline, should a caller fail to. @default false */
  readonly refusesBadNames?: boolean | undefined;
}

/** What {@link targetSuite} runs on. */
export interface ScpTargetSuiteOptions {
  /** Makes a fixture, with a target that preserves if it can. Called once per case. */
  create(): Awaitable<ScpTargetFixture>;
  readonly features?: ScpTargetFeatures | undefined;
}

/** One case, for any test runner. */
export interface ScpTargetCase {
  readonly name: string;
  /** @throws {Error} the target does not do what the case says; the message tells what it did */
  run(): Promise<void>;
}

/**
 * The storage contract of `ScpTarget` as cases for any test runner.
 *
 * ```ts
 * for (const { name, run } of targetSuite({ create })) test(name, run);
 * ```
 */
export function targetSuite({ create, features = {} }: ScpTargetSuiteOptions): readonly ScpTargetCase[] {
  const has: Record<keyof ScpTargetFeatures, boolean> = {
    directories: features.directories ?? true,
    emptyDirectories: features.emptyDirectories ?? true,
    overwrite: features.overwrite ?? true,
    typesClash: features.typesClash ?? false,
    modes: features.modes ?? false,
    times: features.times ?? false,
    refusesBadNames: features.refusesBadNames ?? false,
  };
  return withFixtures(cases, has, () => create());
}

type Case = FixtureCase<ScpTargetFixture, keyof ScpTargetFeatures>;

const times: ScpTimes = { mtimeMs: 1_000_000_000_000, atimeMs: 1_000_000_100_000 };

const oddNames = [
  " a b ",
  "-rf",
  'it\'s "quoted"',
  "$(id)`id`",
  "a;b&c|d",
  "*?[x]{y}",
  ".hidden",
  "...",
  "ünï-日本-🎉",
  "~",
  "%2e%2e",
  "x".repeat(200),
];

const badNames = ["", ".", "..", "a/b", "/", "a\u0000b", "a\nb"];

const cases: readonly Case[] = [
  {
    name: "a file holds what was written once close() has settled",
    async run(fixture) {
      await store(fixture.target, ["file"], pattern(100_000), { chunk: 32_768 });
      await expectFile(fixture, ["file"], pattern(100_000));
    },
  },
  {
    name: "before close() no file is visible under its name",
    async run(fixture) {
      const body = pattern(300_000);
      const writer = await open(fixture.target, ["file"], body.byteLength);
      await write(writer, body, 65_536);
      await expectAbsent(fixture, ["file"]);
      await writer.close();
      await expectFile(fixture, ["file"], body);
    },
  },
  {
    name: "abort() leaves nothing",
    async run(fixture) {
      const writer = await open(fixture.target, ["file"], 300_000);
      await write(writer, pattern(200_000), 65_536);
      await writer.abort(new Error("The connection is lost"));
      await expectNames(fixture, [], []);
    },
  },
  {
    name: "abort() before the first byte leaves nothing",
    async run(fixture) {
      await (await open(fixture.target, ["file"], 10)).abort(new Error("Refused"));
      await expectNames(fixture, [], []);
    },
  },
  {
    name: "an announced size reserves nothing",
    async run(fixture) {
      await (await open(fixture.target, ["file"], Number.MAX_SAFE_INTEGER)).abort(new Error("Refused"));
      await expectNames(fixture, [], []);
    },
  },
  {
    name: "an empty file is a file",
    async run(fixture) {
      await store(fixture.target, ["file"], new Uint8Array());
      await expectFile(fixture, ["file"], new Uint8Array());
    },
  },
  {
    name: "chunks may have any size",
    async run(fixture) {
      for (const [index, chunk] of [1, 3, 4096, 16_383, 16_384, 65_537, 400_000].entries()) {
        const size = chunk < 10 ? 2000 : 400_000;
        await store(fixture.target, [`file${index}`], pattern(size), { chunk });
        await expectFile(fixture, [`file${index}`], pattern(size));
      }
    },
  },
  {
    name: "small and large chunks keep their order",
    async run(fixture) {
      const body = pattern(500_000);
      const writer = await open(fixture.target, ["file"], body.byteLength);
      let from = 0;
      for (let turn = 0; from < body.byteLength; turn += 1) {
        const to = Math.min(from + (turn % 3 === 0 ? 7 : turn % 3 === 1 ? 20_000 : 900), body.byteLength);
        await writer.write(body.subarray(from, to));
        from = to;
      }
      await writer.close();
      await expectFile(fixture, ["file"], body);
    },
  },
  {
    name: "names are kept as they are",
    async run(fixture) {
      for (const name of oddNames) await store(fixture.target, [name], pattern(10));
      await expectNames(fixture, [], oddNames);
      for (const name of oddNames) await expectFile(fixture, [name], pattern(10));
    },
  },
  {
    name: "bad names are refused",
    needs: ["refusesBadNames"],
    async run(fixture) {
      for (const name of badNames) {
        await expectRefusal(`the file ${JSON.stringify(name)}`, () => open(fixture.target, [name], 1));
        await expectRefusal(`the directory ${JSON.stringify(name)}`, () => enter(fixture.target, [name]));
      }
      await expectNames(fixture, [], []);
    },
  },
  {
    name: "many files, one after another",
    async run(fixture) {
      const names = Array.from({ length: 300 }, (_, index) => `file${index}`);
      for (const [index, name] of names.entries()) await store(fixture.target, [name], pattern(index * 7));
      await expectNames(fixture, [], names);
      for (const [index, name] of names.entries()) await expectFile(fixture, [name], pattern(index * 7));
    },
  },
  {
    name: "files written at the same time do not mix",
    async run(fixture) {
      const sizes = Array.from({ length: 16 }, (_, index) => 50_000 + index * 4321);
      await Promise.all(
        sizes.map((size, index) =>
          store(fixture.target, [`file${index}`], pattern(size), { chunk: 1000 + index * 3000 }),
        ),
      );
      for (const [index, size] of sizes.entries()) await expectFile(fixture, [`file${index}`], pattern(size));
    },
  },
  {
    name: "a committed file stays when others are aborted",
    async run(fixture) {
      const aborted = await open(fixture.target, ["aborted"], 100);
      await store(fixture.target, ["kept"], pattern(100));
      await aborted.abort(new Error("Cancelled"));
      await expectNames(fixture, [], ["kept"]);
      await expectFile(fixture, ["kept"], pattern(100));
    },
  },
  {
    name: "a file is replaced whole: old until close(), new after it",
    needs: ["overwrite"],
    async run(fixture) {
      const old = pattern(90_000);
      const next = pattern(40_000).reverse();
      await store(fixture.target, ["file"], old);
      const writer = await open(fixture.target, ["file"], next.byteLength);
      await write(writer, next, 30_000);
      await expectFile(fixture, ["file"], old);
      await writer.close();
      await expectFile(fixture, ["file"], next);
      await expectNames(fixture, [], ["file"]);
    },
  },
  {
    name: "abort() keeps the file that was to be replaced",
    needs: ["overwrite"],
    async run(fixture) {
      await store(fixture.target, ["file"], pattern(1000));
      const writer = await open(fixture.target, ["file"], 500_000);
      await write(writer, pattern(300_000), 100_000);
      await writer.abort(new Error("Cancelled"));
      await expectFile(fixture, ["file"], pattern(1000));
      await expectNames(fixture, [], ["file"]);
    },
  },
  {
    name: "directories nest, and the same name may occur in each",
    needs: ["directories"],
    async run(fixture) {
      await storeTree(fixture.target);
      await expectNames(fixture, [], ["a", "file"]);
      await expectNames(fixture, ["a"], ["b", "c", "file"]);
      await expectNames(fixture, ["a", "b"], ["file"]);
      for (const path of [["file"], ["a", "file"], ["a", "b", "file"], ["a", "c", "file"]]) {
        await expectFile(fixture, path, pattern(path.length * 100));
      }
    },
  },
  {
    name: "an empty directory is a directory",
    needs: ["directories", "emptyDirectories"],
    async run(fixture) {
      const directory = await enter(fixture.target, ["empty"]);
      await directory.close?.();
      await expectNames(fixture, [], ["empty"]);
      await expectNames(fixture, ["empty"], []);
    },
  },
  {
    name: "entering a directory again keeps what is in it",
    needs: ["directories"],
    async run(fixture) {
      for (const name of ["one", "two"]) {
        const directory = await enter(fixture.target, ["a"]);
        await store(directory, ["a", name], pattern(50));
        await directory.close?.();
      }
      await expectNames(fixture, ["a"], ["one", "two"]);
    },
  },
  {
    name: "abort() of a directory keeps the files committed in it",
    needs: ["directories"],
    async run(fixture) {
      const directory = await enter(fixture.target, ["a"]);
      await store(directory, ["a", "kept"], pattern(50));
      const writer = await open(directory, ["a", "lost"], 100);
      await writer.abort(new Error("The connection is lost"));
      await directory.abort?.(new Error("The connection is lost"));
      await expectNames(fixture, ["a"], ["kept"]);
    },
  },
  {
    name: "a directory is not replaced by a file, nor a file by a directory",
    needs: ["directories", "typesClash"],
    async run(fixture) {
      await storeTree(fixture.target);
      await expectRefusal("a file in place of a directory", () => open(fixture.target, ["a"], 1));
      await expectRefusal("a directory in place of a file", () => enter(fixture.target, ["file"]));
      await expectFile(fixture, ["file"], pattern(100));
      await expectFile(fixture, ["a", "file"], pattern(200));
      await expectNames(fixture, [], ["a", "file"]);
    },
  },
  {
    name: "files keep their modes",
    needs: ["modes"],
    async run(fixture) {
      for (const mode of [0o644, 0o600, 0o755, 0o444, 0o666]) {
        await store(fixture.target, [`m${mode}`], pattern(10), { mode });
        expect(`mode of the file sent as ${octal(mode)}`, octal((await stat(fixture, [`m${mode}`])).mode), octal(mode));
      }
    },
  },
  {
    name: "files keep their times",
    needs: ["times"],
    async run(fixture) {
      await store(fixture.target, ["file"], pattern(10), { times });
      expect("modification time", seconds((await stat(fixture, ["file"])).mtimeMs), seconds(times.mtimeMs));
    },
  },
  {
    name: "directories get their modes after their children, so that a read-only one can be filled",
    needs: ["directories", "modes"],
    async run(fixture) {
      const directory = await enter(fixture.target, ["a"], { mode: 0o555 });
      await store(directory, ["a", "file"], pattern(10));
      await directory.close?.();
      await expectFile(fixture, ["a", "file"], pattern(10));
      expect("mode of the directory", octal((await stat(fixture, ["a"])).mode), octal(0o555));
    },
  },
  {
    name: "directories get their times after their children",
    needs: ["directories", "times"],
    async run(fixture) {
      const outer = await enter(fixture.target, ["a"], { times });
      const inner = await enter(outer, ["a", "b"], { times });
      await store(inner, ["a", "b", "file"], pattern(10));
      await inner.close?.();
      await outer.close?.();
      for (const path of [["a"], ["a", "b"]]) {
        expect(`modification time of ${path}`, seconds((await stat(fixture, path)).mtimeMs), seconds(times.mtimeMs));
      }
    },
  },
];

/** Four files of one name: at the top, in `a`, in `a/b` and in `a/c`. Each is its depth times 100 bytes long. */
async function storeTree(target: ScpTarget): Promise<void> {
  await store(target, ["file"], pattern(100));
  const a = await enter(target, ["a"]);
  await store(a, ["a", "file"], pattern(200));
  for (const name of ["b", "c"]) {
    const inner = await enter(a, ["a", name]);
    await store(inner, ["a", name, "file"], pattern(300));
    await inner.close?.();
  }
  await a.close?.();
}

interface SentAs {
  readonly mode?: number;
  readonly times?: ScpTimes;
  /** Bytes per write. @default everything at once */
  readonly chunk?: number;
}

/** @param path names from the top; `target` is the directory that holds the last one */
async function store(target: ScpTarget, path: readonly string[], body: Uint8Array, sentAs: SentAs = {}): Promise<void> {
  const writer = await open(target, path, body.byteLength, sentAs);
  await write(writer, body, sentAs.chunk ?? body.byteLength);
  await writer.close();
}

async function open(
  target: ScpTarget,
  path: readonly string[],
  size: number,
  sentAs: SentAs = {},
): Promise<WritableStreamDefaultWriter<Uint8Array>> {
  const writable = await target.file(info("file", path, size, { mode: 0o644, ...sentAs }), context(path));
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  return writer;
}

async function enter(target: ScpTarget, path: readonly string[], sentAs: SentAs = {}): Promise<ScpTarget> {
  if (target.directory === undefined) throw new Error("The target has no directory()");
  return target.directory(info("directory", path, 0, { mode: 0o755, ...sentAs }), context(path));
}

async function write(writer: WritableStreamDefaultWriter<Uint8Array>, body: Uint8Array, chunk: number): Promise<void> {
  for (let from = 0; from < body.byteLength; from += chunk) {
    await writer.ready;
    await writer.write(body.slice(from, from + chunk));
  }
}

function info(
  type: "file" | "directory",
  path: readonly string[],
  size: number,
  { mode = 0o644, times }: SentAs,
): ScpEntryInfo {
  return { type, name: lastName(path), mode, size, times, depth: path.length - 1 };
}

function lastName(path: readonly string[]): ScpName {
  return createName(path.at(-1) ?? "");
}

function context(path: readonly string[]): { readonly path: string; readonly signal: AbortSignal } {
  return { path: path.join("/"), signal: new AbortController().signal };
}

async function stat(
  fixture: ScpTargetFixture,
  path: readonly string[],
): Promise<{ readonly mode?: number | undefined; readonly mtimeMs?: number | undefined }> {
  if (fixture.stat === undefined) throw new Error("The fixture needs stat() for this feature");
  return fixture.stat(path);
}

async function expectFile(fixture: ScpTargetFixture, path: readonly string[], body: Uint8Array): Promise<void> {
  const stored = await fixture.read(path);
  const name = JSON.stringify(path.join("/"));
  if (stored === undefined) throw new Error(`The file ${name} is not there`);
  expect(`size of the file ${name}`, stored.byteLength, body.byteLength);
  const differs = body.findIndex((byte, index) => byte !== stored[index]);
  if (differs !== -1) throw new Error(`The file ${name} differs from what was written from byte ${differs} on`);
}

async function expectAbsent(fixture: ScpTargetFixture, path: readonly string[]): Promise<void> {
  const stored = await fixture.read(path);
  if (stored !== undefined) {
    throw new Error(
      `The file ${JSON.stringify(path.join("/"))} is visible (${stored.byteLength} bytes) before close()`,
    );
  }
}

async function expectNames(
  fixture: ScpTargetFixture,
  path: readonly string[],
  names: readonly string[],
): Promise<void> {
  const found = [...(await fixture.list(path))].sort();
  expect(`names in ${JSON.stringify(path.join("/"))}`, JSON.stringify(found), JSON.stringify([...names].sort()));
}

async function expectRefusal(what: string, run: () => Promise<unknown>): Promise<void> {
  const outcome = await run().then(
    () => "taken",
    () => "refused",
  );
  if (outcome === "taken") throw new Error(`The target takes ${what}`);
}

function octal(mode: number | undefined): string {
  return mode === undefined ? "unknown" : (mode & 0o7777).toString(8);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.floor(ms / 1000);
}
