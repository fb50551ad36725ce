import { parseSeconds } from "./duration.ts";

/** `RekeyLimit`: how long one set of keys may be used. */
export interface RekeyLimit {
  /** Bytes in either direction. `undefined`: the program's default. */
  readonly bytes: number | undefined;
  /** `undefined`: no time limit. */
  readonly seconds: number | undefined;
}

const units = "BKMGTPE";

/**
 * Parses the arguments of `RekeyLimit` as OpenSSH does (readconf.c, `oRekeyLimit`): a number of bytes with an optional
 * unit (powers of 1024), `0` or `default`, then optionally a duration or `none`.
 *
 * @returns `undefined` if the arguments are invalid
 */
export function parseRekeyLimit([data = "default", time = "none", ...extra]: readonly string[]):
  | RekeyLimit
  | undefined {
  const bytes = parseBytes(data);
  const seconds = time === "none" ? 0 : parseSeconds(time);
  if (bytes === undefined || seconds === undefined || extra.length > 0) return undefined;
  return { bytes: bytes === 0 ? undefined : bytes, seconds: seconds === 0 ? undefined : seconds };
}

/** Parses a number of bytes; 0 for the default. OpenSSH rejects limits below 16. */
function parseBytes(text: string): number | undefined {
  if (text === "default") return 0;
  const [, number, unit = ""] = /^(\d+(?:\.\d*)?)([bkmgtpe]?)$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const bytes = Math.floor(Number(number) * 1024 ** Math.max(0, units.indexOf(unit.toUpperCase() || "B")));
  return bytes === 0 || bytes >= 16 ? bytes : undefined;
}
