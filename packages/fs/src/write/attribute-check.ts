import type { Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import type { HeldPlace } from "../system/directory-handle.ts";
import { onlyModeBits } from "../system/list-attributes.ts";

/** Clocks of file systems are coarse, and those of servers may differ from ours. */
const clockMs = 1000;

/**
 * Finds out which files of one directory may be replaced by new ones without access for anybody who had none. With an
 * access control list the group bits of a mode are its mask and not the rights of the group, so a new file of the same
 * mode could be more open.
 *
 * The first file is looked at by itself. The second makes it look at the whole directory, which answers for all files
 * that have not changed since. Each look starts a process.
 */
export class AttributeCheck {
  #looks = 0;
  #all: { readonly startMs: number; readonly plain: Promise<boolean | undefined> } | undefined;

  /** @returns whether mode bits are all there is, as far as can be found out */
  async isPlain({ prefix }: HeldPlace, name: ScpName, { mode, ctimeMs }: Stats): Promise<boolean> {
    // The mask of its access control list, if it has one, gives nobody anything.
    if ((mode & 0o077) === 0) return true;
    if (!name.exact) return false;
    this.#looks += 1;
    if (this.#looks > 1) {
      this.#all ??= { startMs: Date.now(), plain: onlyModeBits(prefix) };
      if ((await this.#all.plain) === true && ctimeMs + clockMs < this.#all.startMs) return true;
    }
    return (await onlyModeBits(prefix, name.text)) === true;
  }
}
