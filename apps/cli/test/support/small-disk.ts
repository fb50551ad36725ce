import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/**
 * Mounts a tmpfs that is removed after the test. Skips the test and returns `undefined` where this process may not.
 *
 * @param options as `mount -o` takes them: `"size=1m"`
 * @returns where it is mounted
 */
export function mountDisk(t: TestContext, options: string): string | undefined {
  const path = mkdtempSync(join(tmpdir(), "scpkit-disk-"));
  t.after(() => {
    spawnSync("umount", ["-l", path], { stdio: "ignore" });
    rmSync(path, { recursive: true, force: true });
  });
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { stdio: "ignore" });
  if (status === 0) return path;
  t.skip("peer missing: tmpfs mount");
  return undefined;
}
