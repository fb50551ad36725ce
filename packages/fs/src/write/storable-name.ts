import { nameProblem, type ScpName } from "@scpkit/codec";
import { ruleError } from "../system/fs-error.ts";
import { type FsPath, rawPaths } from "../system/path.ts";
import { isTemporaryName } from "../system/temporary-name.ts";

/**
 * Rejects a name from the peer that would not create one file with exactly that name in its directory.
 *
 * @throws {ScpFsError} `name-not-storable`
 */
export function checkStorable(name: ScpName, label: FsPath): void {
  const problem =
    nameProblem(name) ??
    (process.platform === "win32" ? windowsNameProblem(name.text) : undefined) ??
    (isTemporaryName(name) ? "it is reserved for files that are being received" : undefined);
  if (problem !== undefined) throw ruleError(label, "name-not-storable", `The name cannot be stored: ${problem}`);
  if (!name.exact && !rawPaths) {
    throw ruleError(
      label,
      "name-not-storable",
      "The name cannot be stored: it is not UTF-8, and this runtime does not support byte paths",
    );
  }
}

const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(?:[.:]|$)/i;

/** Returns why Windows would not store a file under this exact name, or `undefined` if it would. */
export function windowsNameProblem(text: string): string | undefined {
  if (text.includes("\\")) return "it contains a backslash";
  if (windowsDevice.test(text)) return "it names a device";
  if (text.includes(":")) return "it contains a colon, which names a drive or a stream";
  if (/[\u0000-\u001f<>"|?*]/.test(text)) return "it contains a character that Windows does not allow";
  if (/[. ]$/.test(text)) return "it ends with a dot or a space, which Windows drops";
  return undefined;
}
