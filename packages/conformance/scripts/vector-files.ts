import { commandVectors, encodeVectors, recordVectors, replyVectors } from "../src/index.ts";

/** Contents of `vectors/`: file name and text. */
export function vectorFiles(): ReadonlyMap<string, string> {
  const files = { commands: commandVectors, encode: encodeVectors, records: recordVectors, replies: replyVectors };
  return new Map(Object.entries(files).map(([name, vectors]) => [`${name}.json`, vectorFile(vectors)]));
}

/** One vector per line, pure ASCII, so that no tool on the way can change a byte. */
function vectorFile(vectors: readonly object[]): string {
  const lines = vectors.map((vector) => JSON.stringify(vector).replace(/[\u007f-\uffff]/g, unicodeEscape));
  return `[\n${lines.join(",\n")}\n]\n`;
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
