import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { CheckedHandle } from "./checked-handle.ts";
import { DescriptorPlace, type DirectoryHandle, directoryFlags } from "./directory-handle.ts";
import type { FileSystem } from "./file-system.ts";
import type { FsPath } from "./path.ts";

/** Returns the safest confinement that the platform supports. */
export function confinedRoot(disk: FileSystem, path: FsPath): DirectoryHandle {
  return descriptorsWork() ? DescriptorPlace.root(disk, path) : CheckedHandle.root(disk, path);
}

let descriptors: boolean | undefined;

/** Returns whether `/proc/self/fd/N/` leads to the directory of descriptor N: on Linux with `/proc` mounted. */
function descriptorsWork(): boolean {
  descriptors ??= process.platform === "linux" && probeDescriptors();
  return descriptors;
}

function probeDescriptors(): boolean {
  const fd = openSync("/", directoryFlags);
  try {
    const { dev, ino } = statSync(`/proc/self/fd/${fd}/`);
    const root = fstatSync(fd);
    return dev === root.dev && ino === root.ino;
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}
