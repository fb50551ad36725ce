import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type ScpTargetFixture, targetSuite } from "@scpkit/conformance";
import type { ScpTarget } from "@scpkit/sink";
import { createFsTarget, type FsTargetOptions } from "../src/index.ts";
import { CheckedHandle } from "../src/system/checked-handle.ts";
import { poolFileSystem } from "../src/system/file-system.ts";
import { decidePolicy, directoryTarget } from "../src/write/fs-target.ts";
import { allClosed } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const promised = { typesClash: true, modes: true, times: true, refusesBadNames: true };

function fixtureOn(
  folder: string,
  target: ScpTarget,
  targetAt: ScpTargetFixture["at"],
  cleanUp: () => void,
): ScpTargetFixture {
  const at = (path: readonly string[]): string => join(folder, ...path);
  return {
    target,
    ...(targetAt && { at: targetAt }),
    read(path) {
      const stats = statSync(at(path), { throwIfNoEntry: false });
      return stats?.isFile() ? readFileSync(at(path)) : undefined;
    },
    // While a body is on its way its temporary file is there; the suite lists only before and after.
    list: (path) => readdirSync(at(path)),
    stat: (path) => statSync(at(path)),
    async dispose() {
      await allClosed(folder);
      cleanUp();
    },
  };
}

interface Kind {
  readonly options?: FsTargetOptions;
  /** The target of the folder itself. */
  readonly target: (folder: string, options: FsTargetOptions) => ScpTarget | Promise<ScpTarget>;
  /** Whether it also stands for paths in the folder, with `root`. */
  readonly paths: boolean;
}

const unconfined = { target: createFsTarget, paths: false };
const confined = { target: createFsTarget, paths: true };

const kinds: Record<string, Kind> = {
  "the whole file system": unconfined,
  "blocking calls": { ...unconfined, options: { blocking: true } },
  fsync: { ...unconfined, options: { fsync: true } },
  "never in place": { ...unconfined, options: { inPlace: "never" } },
  "a confined directory": { ...confined, options: { confine: true } },
  "a confined directory, blocking": { ...confined, options: { confine: true, blocking: true } },
  "a path in a root": {
    target: (folder, options) => createFsTarget("/", { ...options, root: folder }),
    paths: true,
  },
  "a confined directory without descriptors": {
    options: { fsync: true },
    target: (folder, options) =>
      directoryTarget(decidePolicy(options, true), CheckedHandle.root(poolFileSystem, folder), ""),
    paths: false,
  },
};

for (const [kind, { options, target, paths }] of Object.entries(kinds)) {
  describe(`the target suite on ${kind}`, () => {
    const preserving = { ...options, preserve: true };
    const create = async (): Promise<ScpTargetFixture> => {
      let cleanUp = (): void => {};
      const folder = temporaryFolder({
        after(run) {
          cleanUp = run;
        },
      });
      const at: ScpTargetFixture["at"] = (path, { targetIsDirectory }) =>
        createFsTarget(path, { ...preserving, root: folder, targetIsDirectory });
      return fixtureOn(folder, await target(folder, preserving), paths ? at : undefined, () => cleanUp());
    };
    for (const { name, run } of targetSuite({ create, features: { ...promised, paths } })) it(name, run);
  });
}
