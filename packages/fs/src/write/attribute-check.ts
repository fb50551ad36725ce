import type { Stats } from "node:fs";
import type { ScpName } from "@scpkit/codec";
import type { HeldPlace } from "../system/directory-handle.ts";
import { onlyModeBits } from "../system/list-attributes.ts";

/** File system clocks are coarse, and those of servers may differ from the local one. */
const clockMs = 1000;

/**
 * Determines which files of one directory may be replaced by new ones without granting anybody new access. With an
 * access control list, the group bits of a mode are its mask and not the rights of the group, so a new file of the same
 * mode could be more open.
 *
 * The first file is checked alone. The second triggers a check of the whole directory, which covers all files that have
 * not changed since. Each check starts a process.
 */
export class AttributeCheck {
  #looks = 0;
  #all: { readonly startMs: number; readonly plain: Promise<boolean | undefined> } | undefined;

  /** @returns whether the mode bits are the only access rules, as far as this can be determined */
  async isPlain({ prefix }: HeldPlace, name: ScpName, { mode, ctimeMs }: Stats): Promise<boolean> {
    // If there is an access control list, its mask is empty and grants nothing.
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
