import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryNamePattern } from "@scpkit/fs";

/** A file system of its own, in memory, that goes with the test. */
export interface SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  /** Changes how it is mounted: `"ro"`. */
  remount(options: string): void;
  /** Every file on it, by path, with what is left of interrupted transfers. */
  files(): string[];
  /** Temporary files of transfers. */
  temporaryFiles(): string[];
}

/**
 * Mounts a tmpfs. Skips the test and returns `undefined` where this process may not.
 *
 * @param options as `mount -o` takes them: `"size=1m"`, `"nr_inodes=40"`
 */
export function mountSmallDisk(t: TestContext, options: string): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-disk-"));
  const path = join(folder, "disk");
  mkdirSync(path);
  if (process.platform !== "linux" || mount(["-t", "tmpfs", "-o", options, "tmpfs", path]) !== 0) {
    rmSync(folder, { recursive: true });
    t.skip("peer missing: tmpfs mount");
    return undefined;
  }
  t.after(() => {
    spawnSync("umount", ["-l", path], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
  });
  const files = (): string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort();
  return {
    path,
    files,
    remount(changed) {
      if (mount(["-o", `remount,${changed}`, path]) !== 0) throw new Error(`Cannot remount with ${changed}`);
    },
    temporaryFiles: () => files().filter((file) => temporaryNamePattern.test(file.slice(file.lastIndexOf("/") + 1))),
  };
}

function mount(argv: readonly string[]): number | null {
  return spawnSync("mount", argv, { stdio: "ignore" }).status;
}
