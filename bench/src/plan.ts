import { type BenchCase, benchCases, equalCipher, quickCases } from "./cases.ts";

/** One case in one direction at one distance: everything that its peers share. */
export interface Scenario {
  readonly benchCase: BenchCase;
  readonly direction: "up" | "down";
  /** Round trip added by the delay proxy; 0: no proxy. */
  readonly delayMs: number;
  /** Same cipher for all peers; absent: each peer's own choice. */
  readonly cipher?: string | undefined;
}

/** Selects the scenarios to run; absent properties do not restrict. */
export interface ScenarioFilter {
  readonly quick: boolean;
  readonly cases?: readonly string[] | undefined;
  readonly directions?: readonly Scenario["direction"][] | undefined;
  /** Replaces the delays of every case. */
  readonly delaysMs?: readonly number[] | undefined;
  /** `default` or `equal` only; if absent, the choice of each case. */
  readonly cipher?: "default" | "equal" | undefined;
}

/** All cases that can be named. */
export function knownCases(quick: boolean): readonly BenchCase[] {
  return quick ? quickCases : benchCases;
}

/** Returns the scenarios to run, nearest first, so that a peer that fails nearby is not tried at larger distances. */
export function planScenarios(filter: ScenarioFilter): Scenario[] {
  const cases = knownCases(filter.quick).filter(({ name }) => filter.cases?.includes(name) ?? true);
  const directions = filter.directions ?? (["down", "up"] as const);
  return cases.flatMap((benchCase) =>
    directions.flatMap((direction) => [
      ...delaysOf(benchCase, "default", filter).map((delayMs) => ({ benchCase, direction, delayMs })),
      ...delaysOf(benchCase, "equal", filter).map((delayMs) => ({
        benchCase,
        direction,
        delayMs,
        cipher: equalCipher,
      })),
    ]),
  );
}

function delaysOf(benchCase: BenchCase, cipher: "default" | "equal", filter: ScenarioFilter): readonly number[] {
  if (filter.cipher !== undefined && filter.cipher !== cipher) return [];
  const own = cipher === "default" ? benchCase.delaysMs : benchCase.equalCipherDelaysMs;
  if (filter.delaysMs === undefined) return filter.cipher === "equal" ? benchCase.delaysMs : own;
  // Naming delays does not bring runs with an equal cipher to cases that have none of their own.
  return cipher === "equal" && own.length === 0 && filter.cipher === undefined ? [] : filter.delaysMs;
}

/** `small-200 down 20 ms`, with `equal cipher` where it is. */
export function describeScenario(scenario: Scenario): string {
  const { benchCase, direction, delayMs, cipher } = scenario;
  const suffix = cipher === undefined ? "" : ", equal cipher";
  return `${benchCase.name} ${direction} ${delayMs} ms${suffix}`;
}
