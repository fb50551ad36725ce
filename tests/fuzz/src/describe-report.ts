import type { FuzzReport } from "./fuzz.ts";
import { toLatin1 } from "./input/bytes.ts";
import { escapeJson } from "./input/corpus.ts";

/** Returns one line of figures, and the finding if there is one. */
export function describeReport(name: string, report: FuzzReport): string {
  const { inputs, reached, places, durationMs, corpus, finding } = report;
  const rate = Math.round((inputs / durationMs) * 1000);
  const figures = `${name}: ${inputs} inputs in ${(durationMs / 1000).toFixed(1)} s (${rate}/s), ${reached} of ${places} places reached, ${corpus.length} inputs led on`;
  if (finding === undefined) return figures;
  return `${figures}\nFOUND: ${finding.reason}\nby ${escapeJson(toLatin1(finding.input))}`;
}
