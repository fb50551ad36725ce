import type { BenchResults, PeerResult, ScenarioResult } from "./results.ts";

/** How many times faster one peer is than another. */
export interface Ratio {
  readonly value: number;
  /** `at-least`: the slower one was stopped, so that the true ratio is larger; `at-most`: the faster one was. */
  readonly bound: "exact" | "at-least" | "at-most";
}

/** Finds a scenario in results. */
export function findScenario(
  results: Pick<BenchResults, "scenarios">,
  name: string,
  direction: ScenarioResult["direction"],
  delayMs: number,
  cipher: ScenarioResult["cipher"] = "default",
): ScenarioResult | undefined {
  return results.scenarios.find(
    (scenario) =>
      scenario.case === name &&
      scenario.direction === direction &&
      scenario.delayMs === delayMs &&
      scenario.cipher === cipher,
  );
}

/** Finds a peer in a scenario. */
export function findPeer(scenario: ScenarioResult | undefined, name: string): PeerResult | undefined {
  return scenario?.peers.find(({ peer }) => peer === name);
}

/** How many times faster `peer` is than `base`; `undefined` when that is not known. */
export function speedRatio(peer: PeerResult | undefined, base: PeerResult | undefined): Ratio | undefined {
  if (peer?.medianSeconds !== undefined && base?.medianSeconds !== undefined) {
    return { value: base.medianSeconds / peer.medianSeconds, bound: "exact" };
  }
  if (peer?.medianSeconds !== undefined && base?.overSeconds !== undefined) {
    return { value: base.overSeconds / peer.medianSeconds, bound: "at-least" };
  }
  if (peer?.overSeconds !== undefined && base?.medianSeconds !== undefined) {
    return { value: base.medianSeconds / peer.overSeconds, bound: "at-most" };
  }
  return undefined;
}

/** `12x`, `0.84x`, `>40x`. */
export function formatRatio({ value, bound }: Ratio): string {
  const sign = { exact: "", "at-least": ">", "at-most": "<" }[bound];
  return `${sign}${formatNumber(value)}x`;
}

/** Three digits, or as many as stand before the point. */
export function formatNumber(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
