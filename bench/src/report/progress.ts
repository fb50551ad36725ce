import { formatNumber } from "./ratio.ts";
import type { MicroResult, ScenarioResult } from "./results.ts";
import type { ThresholdOutcome } from "./thresholds.ts";

/** A scenario as lines for the terminal. */
export function formatScenario(scenario: ScenarioResult): string {
  return scenario.peers
    .map(({ peer, medianSeconds, seconds, note }) => {
      const time =
        medianSeconds === undefined
          ? ""
          : `${formatNumber(medianSeconds)} s, ${seconds.length === 1 ? "1 run" : `${seconds.length} runs`}`;
      return `    ${peer.padEnd(20)} ${time}${note === undefined ? "" : ` ${note}`}`;
    })
    .join("\n");
}

/** A measurement in one process as lines for the terminal. */
export function formatMicroResult({ variants, unit, note }: MicroResult): string {
  if (note !== undefined) return `    ${note}`;
  return variants.map(({ name, median }) => `    ${name.padEnd(20)} ${formatNumber(median)} ${unit}`).join("\n");
}

/** An aim as a line for the terminal. */
export function formatOutcome({ title, asked, measured, met }: ThresholdOutcome): string {
  const verdict = met === undefined ? "not measured" : met ? "met" : "NOT MET";
  return `  ${verdict.padEnd(12)} ${title}: ${asked}${measured === "" ? "" : `, measured ${measured}`}`;
}
