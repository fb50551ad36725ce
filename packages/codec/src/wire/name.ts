const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * The name of a file or directory as it crosses the wire. SCP names are bytes; most, not all, are UTF-8.
 */
export interface ScpName {
  /** The bytes decoded as UTF-8; bytes that are not UTF-8 become U+FFFD. For people and for string-keyed storage. */
  readonly text: string;
  /** Exactly the bytes of the wire. Owned by the name: neither side writes to them. */
  readonly bytes: Uint8Array;
  /** `true` when `text` encodes back to `bytes`, so that storing `text` loses nothing. */
  readonly exact: boolean;
}

/**
 * Makes a name from text or from raw bytes. Nothing is checked here: {@link nameProblem} returns why a name cannot be sent.
 *
 * @param value text (encoded as UTF-8; lone surrogates become U+FFFD), or bytes (copied)
 */
export function createName(value: string | Uint8Array): ScpName {
  if (typeof value === "string") {
    const bytes = encoder.encode(value);
    return { text: value.isWellFormed() ? value : decoder.decode(bytes), bytes, exact: true };
  }
  // Not slice(): a Buffer's slice is a view.
  const bytes = new Uint8Array(value);
  const text = decoder.decode(bytes);
  return { text, bytes, exact: !text.includes("\u{FFFD}") || sameBytes(encoder.encode(text), bytes) };
}

/**
 * Why `name` cannot be an SCP entry name, or `undefined` when it can.
 *
 * Mirrors the check of OpenSSH's sink since 8.0 (empty, `/`, `.` and `..`) and adds NUL and newline, which the
 * wire cannot carry: OpenSSH cuts a name at NUL and ends the record at newline.
 */
export function nameProblem(name: ScpName): string | undefined {
  const { bytes } = name;
  if (bytes.length === 0) return "it is empty";
  if (bytes[0] === 0x2e && (bytes.length === 1 || (bytes.length === 2 && bytes[1] === 0x2e))) {
    return "it names the directory itself or its parent";
  }
  for (const byte of bytes) {
    if (byte === 0x2f) return "it contains a slash";
    if (byte === 0x00) return "it contains a NUL byte";
    if (byte === 0x0a) return "it contains a newline";
  }
  return undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
