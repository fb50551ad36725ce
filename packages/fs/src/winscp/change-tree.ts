import { constants, type Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import { maxComponents } from "../system/confine.ts";
import type { DirectoryHandle } from "../system/directory-handle.ts";
import type { FileSystem } from "../system/file-system.ts";
import { errnoError, ruleError } from "../system/fs-error.ts";
import { childPath } from "../system/path.ts";
import { listNames, useHandle } from "../system/use-handle.ts";

/** A file or directory to change, with everything below it. */
export interface TreeToChange {
  readonly disk: FileSystem;
  readonly parent: DirectoryHandle;
  readonly name: ScpName;
  /** Its path for messages. */
  readonly label: string;
  /** Checked before each file or directory. */
  readonly signal: AbortSignal | undefined;
  /** The number of directories above it that are also changed. @default 0 */
  readonly depth?: number;
}

/** With O_NONBLOCK, opening an entry that was replaced by a FIFO does not wait. */
const openFlags = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Removes a file or link, or a directory with everything below it. A directory that contains temporary files is kept:
 * `ENOTEMPTY`.
 *
 * @throws {ScpFsError} `too-many-components` for directories nested too deep
 */
export async function removeTree(tree: TreeToChange): Promise<void> {
  const { disk, parent, name, label } = tree;
  await useHandle(parent, label, async ({ prefix }) => {
    const path = childPath(prefix, name);
    const isDirectory = (await disk.lstat(path))?.isDirectory() === true;
    if (isDirectory) await changeChildren(tree, removeTree);
    await (isDirectory ? disk.rmdir(path) : disk.unlink(path));
  });
}

/**
 * Sets the permission bits of a file or directory; ignores links.
 *
 * @throws {ScpFsError} `ENOENT`, `special-file-refused`, `too-many-components` for directories nested too deep
 */
export async function setModes(tree: TreeToChange, mode: number, recursive: boolean): Promise<void> {
  const { disk, parent, name, label } = tree;
  await useHandle(parent, label, async ({ prefix }) => {
    const path = childPath(prefix, name);
    const stats = await disk.lstat(path);
    if (stats === undefined) throw errnoError(label, "ENOENT");
    if (stats.isFile()) return setFileMode(disk, path, stats, mode);
    if (stats.isSymbolicLink()) return;
    if (!stats.isDirectory()) throw ruleError(label, "special-file-refused");
    if (recursive) await changeChildren(tree, (child) => setModes(child, mode, true));
    await useHandle(parent.child(name), label, async (held) => disk.chmod(held.prefix, mode));
  });
}

/**
 * Changes the entries of a directory. The directory stays open, so that no child opens the directories above it again.
 */
async function changeChildren(tree: TreeToChange, change: (child: TreeToChange) => Promise<void>): Promise<void> {
  const { disk, label, signal, depth = 0 } = tree;
  if (depth >= maxComponents) throw ruleError(label, "too-many-components");
  const parent = tree.parent.child(tree.name);
  await useHandle(parent, label, async (held) => {
    for (const name of await listNames(disk, held, signal)) {
      signal?.throwIfAborted();
      await change({ ...tree, parent, name, label: `${label}/${name.text}`, depth: depth + 1 });
    }
  });
}

async function setFileMode(
  disk: FileSystem,
  path: ReturnType<typeof childPath>,
  stats: Stats,
  mode: number,
): Promise<void> {
  const fd = await disk.open(path, openFlags | accessOf(stats));
  try {
    await disk.fchmod(fd, mode);
  } finally {
    await disk.close(fd);
  }
}

/** Returns the access mode to open with: for writing if the file is not readable. */
function accessOf({ mode }: Stats): number {
  return (mode & 0o400) === 0 ? constants.O_WRONLY : constants.O_RDONLY;
}
