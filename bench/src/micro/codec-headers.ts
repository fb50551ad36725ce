import { createName, encodeRecord, type ScpRecord, ScpRecordDecoder } from "@scpkit/codec";
import type { MicroCase, MicroSetting } from "./micro-case.ts";

/**
 * Measures lines per second through the record decoder and the record encoder: a time line and a file line per entry,
 * every file rejected.
 */
export function codecHeaders({ quick }: MicroSetting): MicroCase {
  const entries = quick ? 50_000 : 400_000;
  const records = Array.from({ length: 1000 }, (_, index): ScpRecord[] => [
    { type: "times", mtimeMs: 1_700_000_000_000 + index * 1000, atimeMs: 1_600_000_000_000 },
    { type: "file", mode: 0o644, size: 1024 + index, name: createName(`file-${index}.txt`) },
  ]).flat();
  const chunk = Buffer.concat(records.map((record) => encodeRecord(record)));
  const passes = entries / 1000;
  return {
    title: "Codec, header lines",
    unit: "lines/s",
    unrelated: true,
    variants: [
      { name: "decode", run: () => perSecond(passes * records.length, () => decode(chunk, passes)) },
      { name: "encode", run: () => perSecond(passes * records.length, () => encode(records, passes)) },
    ],
  };
}

function decode(chunk: Uint8Array, passes: number): void {
  const decoder = new ScpRecordDecoder();
  for (let pass = 0; pass < passes; pass += 1) {
    decoder.push(chunk);
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.type === "file") decoder.reject();
    }
  }
}

function encode(records: readonly ScpRecord[], passes: number): void {
  let bytes = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    for (const record of records) bytes += encodeRecord(record).length;
  }
  if (bytes === 0) throw new Error("Nothing was encoded");
}

function perSecond(amount: number, work: () => void): number {
  const start = performance.now();
  work();
  return (amount * 1000) / (performance.now() - start);
}
