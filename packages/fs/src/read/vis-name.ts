import { createName, type ScpName } from "@scpkit/codec";

const newline = 0x0a;

/** Returns whether the name contains a newline, the only byte that a protocol record cannot carry. */
export function hasNewline(name: ScpName): boolean {
  return name.bytes.includes(newline);
}

/**
 * Returns the name as OpenSSH sends one that contains a newline: vis(3) with VIS_NL. Newline becomes `\^J`, other
 * controls except tab `\^A`, DEL `\^?`, bytes from 0x80 `\M-C` or `\M^@`, 0xA0 `\240`; a backslash is doubled, a space
 * is unchanged.
 */
export function visName(name: ScpName): ScpName {
  let text = "";
  for (const byte of name.bytes) text += visByte(byte);
  return createName(text);
}

function visByte(byte: number): string {
  if (byte === 0x5c) return "\\\\";
  if (byte === 0x09 || (byte >= 0x20 && byte < 0x7f)) return String.fromCharCode(byte);
  if (byte === 0xa0) return "\\240";
  const low = byte & 0x7f;
  const meta = byte >= 0x80 ? "M" : "";
  if (low === 0x7f) return `\\${meta}^?`;
  if (low < 0x20) return `\\${meta}^${String.fromCharCode(low + 0x40)}`;
  return `\\${meta}-${String.fromCharCode(low)}`;
}
