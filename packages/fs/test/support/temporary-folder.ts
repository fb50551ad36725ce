import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** What a test context has in common on all runtimes. */
export interface Cleanup {
  after(run: () => void): void;
}

const folders = new Set<string>();

// Deno 2.9 does not call the `after` of a test inside a `describe`.
if ("Deno" in globalThis) after(() => folders.forEach(remove));

/** An empty folder that everybody may enter, removed after the test. */
export function temporaryFolder(t: Cleanup): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "scpkit-fs-")));
  chmodSync(folder, 0o755);
  folders.add(folder);
  t.after(() => remove(folder));
  return folder;
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
