import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ScpTarget } from "@scpkit/sink";
import { type ScpTargetFixture, targetSuite } from "../../conformance/src/target-suite.ts";
import { poolDisk } from "../src/disk.ts";
import { decidePolicy, directoryTarget } from "../src/fs-target.ts";
import { createFsTarget, type FsTargetOptions } from "../src/index.ts";
import { CheckedPlace } from "../src/place.ts";
import { allClosed } from "./support/descriptors.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const features = { typesClash: true, modes: true, times: true, refusesBadNames: true };

function fixtureOn(folder: string, target: ScpTarget, cleanUp: () => void): ScpTargetFixture {
  const at = (path: readonly string[]): string => join(folder, ...path);
  return {
    target,
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

const kinds: Record<string, (folder: string) => ScpTarget | Promise<ScpTarget>> = {
  "the whole file system": (folder) => createFsTarget(folder, { preserve: true }),
  "blocking calls": (folder) => createFsTarget(folder, { preserve: true, blocking: true }),
  fsync: (folder) => createFsTarget(folder, { preserve: true, fsync: true }),
  "never in place": (folder) => createFsTarget(folder, { preserve: true, inPlace: "never" }),
  "a confined directory": (folder) => createFsTarget(folder, { preserve: true, confine: true }),
  "a confined directory, blocking": (folder) =>
    createFsTarget(folder, { preserve: true, confine: true, blocking: true }),
  "a path in a root": (folder) => createFsTarget("/", { preserve: true, root: folder }),
  "a confined directory without descriptors": (folder) => {
    const options: FsTargetOptions = { preserve: true, fsync: true };
    return directoryTarget(decidePolicy(options, true), CheckedPlace.root(poolDisk, folder), "");
  },
};

for (const [kind, createTarget] of Object.entries(kinds)) {
  describe(`the target suite on ${kind}`, () => {
    const create = async (): Promise<ScpTargetFixture> => {
      let cleanUp = (): void => {};
      const folder = temporaryFolder({
        after(run) {
          cleanUp = run;
        },
      });
      return fixtureOn(folder, await createTarget(folder), () => cleanUp());
    };
    for (const { name, run } of targetSuite({ create, features })) it(name, run);
  });
}
