import { readdirSync, readlinkSync } from "node:fs";

/** How many descriptors of this process lead into a folder; `undefined` where /proc does not tell. */
export function descriptorsIn(folder: string): number | undefined {
  if (process.platform !== "linux") return undefined;
  return readdirSync("/proc/self/fd").filter((fd) => isInside(fd, folder)).length;
}

/** Waits until no descriptor leads into the folder any more. Closing is not awaited by those who only read. */
export async function allClosed(folder: string): Promise<void> {
  for (let turn = 0; turn < 500 && (descriptorsIn(folder) ?? 0) > 0; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const open = descriptorsIn(folder) ?? 0;
  if (open > 0) throw new Error(`${open} descriptors are still open in ${folder}`);
}

function isInside(fd: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
  } catch {
    return false;
  }
}
