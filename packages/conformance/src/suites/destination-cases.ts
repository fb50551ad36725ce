import { createName } from "@scpkit/codec";
import { placeEntry, type ScpPlacedEntry, type ScpTarget } from "@scpkit/sink";
import { expect, pattern } from "./suite-case.ts";
import {
  enter,
  expectAbsent,
  expectFile,
  expectNames,
  expectRefusal,
  offered,
  store,
  type TargetCase,
  writeBody,
} from "./target-case.ts";
import type { ScpTargetFixture } from "./target-fixture.ts";

const body = pattern(1000);

/**
 * Cases about the target for a client's path: scp's rule for the destination, and the paths that the target declares.
 */
export const destinationCases: readonly TargetCase[] = [
  {
    name: "a path that is missing: a file is stored as the path, whatever its name",
    needs: ["paths"],
    async run(fixture) {
      await storeAt(fixture, "report.csv", "a.csv", "report.csv");
      await expectNames(fixture, [], ["report.csv"]);
    },
  },
  {
    name: "a path that is missing in a directory: a file is stored as the path",
    needs: ["paths", "directories"],
    async run(fixture) {
      await makeDirectory(fixture, "dir");
      await storeAt(fixture, "dir/report.csv", "a.csv", "dir/report.csv");
      await storeAt(fixture, "/./dir//second.csv", "a.csv", "dir/second.csv");
      await expectNames(fixture, [], ["dir"]);
      await expectNames(fixture, ["dir"], ["kept", "report.csv", "second.csv"]);
    },
  },
  {
    name: "a path that is a file: a file replaces it, whatever its name",
    needs: ["paths", "overwrite"],
    async run(fixture) {
      await store(fixture.target, ["report.csv"], pattern(50));
      await storeAt(fixture, "report.csv", "a.csv", "report.csv");
      await expectNames(fixture, [], ["report.csv"]);
    },
  },
  {
    name: "a path that is a directory: a file is stored in it, under its own name",
    needs: ["paths", "directories"],
    async run(fixture) {
      await makeDirectory(fixture, "dir");
      for (const path of ["dir", "dir/", "/dir", "dir/.", "./dir"]) {
        const name = `file${path.length}`;
        await storeAt(fixture, path, name, `dir/${name}`);
      }
      await expectNames(fixture, [], ["dir"]);
    },
  },
  {
    name: "the root: a file is stored in it, under its own name",
    needs: ["paths"],
    async run(fixture) {
      for (const [index, path] of ["", ".", "/", "./"].entries()) {
        await storeAt(fixture, path, `file${index}`, `file${index}`);
      }
    },
  },
  {
    name: "a path that is missing: a directory becomes the path, with all below it",
    needs: ["paths", "directories"],
    async run(fixture) {
      for (const [path, name] of [
        ["copy", "copy"],
        ["slash/", "slash"],
      ] as const) {
        const target = await targetAt(fixture, path);
        const placed = place(target, "directory", "sent");
        const directory = await enterPlaced(target, placed);
        await store(directory, [...placed.context.path.split("/"), "file"], body);
        await directory.close?.();
        // A storage without directories of its own may treat `slash/` as an existing one.
        const found = path === "copy" ? placed.context.path : undefined;
        if (found !== undefined) expect("declared path", found, name);
        await expectFile(fixture, [...placed.context.path.split("/"), "file"], body);
      }
    },
  },
  {
    name: "a path that is a directory: a directory is stored in it",
    needs: ["paths", "directories"],
    async run(fixture) {
      await makeDirectory(fixture, "dir");
      const target = await targetAt(fixture, "dir");
      const placed = place(target, "directory", "sent");
      expect("declared path", placed.context.path, "dir/sent");
      const directory = await enterPlaced(target, placed);
      await store(directory, ["dir", "sent", "file"], body);
      await directory.close?.();
      await expectFile(fixture, ["dir", "sent", "file"], body);
    },
  },
  {
    name: "with targetIsDirectory (scp -d) only a directory is taken",
    needs: ["paths", "directories"],
    async run(fixture) {
      await makeDirectory(fixture, "dir");
      await store(fixture.target, ["file"], pattern(50));
      await storeAt(fixture, "dir", "a", "dir/a", true);
      await storeAt(fixture, "", "a", "a", true);
      for (const path of ["missing", "file"]) {
        await expectRefusal(`-d ${path}`, () => targetAt(fixture, path, true));
      }
      await expectFile(fixture, ["file"], pattern(50));
    },
  },
  {
    name: "a path that ends with a slash never becomes a file",
    needs: ["paths"],
    async run(fixture) {
      // A storage without directories may store a file below such a path; others reject it.
      try {
        const target = await targetAt(fixture, "missing/");
        await storePlaced(target, place(target, "file", "a.csv"));
      } catch {}
      await expectAbsent(fixture, ["missing"]);
      await expectAbsent(fixture, ["a.csv"]);
    },
  },
  {
    name: "a path that leads out of the root is refused",
    needs: ["paths"],
    async run(fixture) {
      for (const path of ["..", "../x", "/../x", "a/../../x"]) {
        await expectRefusal(`the path ${path}`, async () => {
          const target = await targetAt(fixture, path);
          return storePlaced(target, place(target, "file", "a"));
        });
      }
      await expectNames(fixture, [], []);
    },
  },
  {
    name: "a file that is renamed by a wrapper is stored under the new name",
    needs: ["paths"],
    async run(fixture) {
      const target = await targetAt(fixture, "report.csv");
      const { entry, context } = place(target, "file", "a.csv");
      const renamed = { ...entry, name: createName("renamed.csv") };
      await storePlaced(target, { entry: renamed, context: { ...context, path: "renamed.csv" } });
      await expectFile(fixture, ["renamed.csv"], body);
      await expectNames(fixture, [], ["renamed.csv"]);
    },
  },
  {
    name: "a directory that is renamed by a wrapper is stored under the new name",
    needs: ["paths", "directories"],
    async run(fixture) {
      const target = await targetAt(fixture, "copy");
      const { entry, context } = place(target, "directory", "sent");
      const renamed = { ...entry, name: createName("renamed") };
      const directory = await enterPlaced(target, { entry: renamed, context: { ...context, path: "renamed" } });
      await store(directory, ["renamed", "file"], body);
      await directory.close?.();
      await expectFile(fixture, ["renamed", "file"], body);
      await expectNames(fixture, [], ["renamed"]);
    },
  },
];

async function targetAt(fixture: ScpTargetFixture, path: string, targetIsDirectory = false): Promise<ScpTarget> {
  if (fixture.at === undefined) {
    throw new Error("The fixture has no at(); add it, or set the feature `paths` to false");
  }
  return fixture.at(path, { targetIsDirectory });
}

/** Places an entry as a transfer does. */
function place(target: ScpTarget, type: "file" | "directory", name: string): ScpPlacedEntry {
  const { entry, context } = offered(type, [name], type === "file" ? body.byteLength : 0);
  return placeEntry(target, entry, context);
}

async function storePlaced(target: ScpTarget, { entry, context }: ScpPlacedEntry): Promise<void> {
  const writer = (await target.file(entry, context)).getWriter();
  writer.closed.catch(() => {});
  await writeBody(writer, body, body.byteLength);
  await writer.close();
}

async function enterPlaced(target: ScpTarget, { entry, context }: ScpPlacedEntry): Promise<ScpTarget> {
  if (target.directory === undefined) throw new Error("The target has no directory()");
  return target.directory(entry, context);
}

/** Sends the file `name` to `path`. It must be declared, and stored, as `expected`. */
async function storeAt(
  fixture: ScpTargetFixture,
  path: string,
  name: string,
  expected: string,
  targetIsDirectory = false,
): Promise<void> {
  const target = await targetAt(fixture, path, targetIsDirectory);
  const placed = place(target, "file", name);
  await storePlaced(target, placed);
  await expectFile(fixture, expected.split("/"), body);
  expect(`declared path of the file ${name} sent to ${JSON.stringify(path)}`, placed.context.path, expected);
}

/** Creates a directory that contains the file `kept`, so that it exists in storages without empty directories. */
async function makeDirectory(fixture: ScpTargetFixture, name: string): Promise<void> {
  const directory = await enter(fixture.target, [name]);
  await store(directory, [name, "kept"], pattern(10));
  await directory.close?.();
}
