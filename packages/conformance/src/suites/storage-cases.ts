import type { ScpTimes } from "@scpkit/codec";
import type { ScpTarget } from "@scpkit/sink";
import { expect, pattern } from "./suite-case.ts";
import {
  enter,
  expectAbsent,
  expectFile,
  expectNames,
  expectRefusal,
  open,
  stat,
  store,
  type TargetCase,
  writeBody,
} from "./target-case.ts";

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

/** Cases about storing, committing and rolling back. */
export const storageCases: readonly TargetCase[] = [
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
      await writeBody(writer, body, 65_536);
      await expectAbsent(fixture, ["file"]);
      await writer.close();
      await expectFile(fixture, ["file"], body);
    },
  },
  {
    name: "abort() leaves nothing",
    async run(fixture) {
      const writer = await open(fixture.target, ["file"], 300_000);
      await writeBody(writer, pattern(200_000), 65_536);
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
      // A target may also reject a file of that size.
      const writer = await open(fixture.target, ["file"], Number.MAX_SAFE_INTEGER).catch(() => undefined);
      await writer?.abort(new Error("Refused"));
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
      await writeBody(writer, next, 30_000);
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
      await writeBody(writer, pattern(300_000), 100_000);
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

/**
 * Stores four files of the same name: at the top, in `a`, in `a/b` and in `a/c`. The length of each is its depth times
 * 100 bytes.
 */
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

function octal(mode: number | undefined): string {
  return mode === undefined ? "unknown" : (mode & 0o7777).toString(8);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.floor(ms / 1000);
}
