import type { Scenario } from "../plan.ts";
import { findPeer, findScenario, formatNumber, formatRatio, type Ratio, speedRatio } from "./ratio.ts";
import type { BenchResults, ScenarioResult } from "./results.ts";

/** One aim and whether it was reached. */
export interface ThresholdOutcome {
  readonly title: string;
  readonly asked: string;
  /** What was found, for people. */
  readonly measured: string;
  /** Absent: these results cannot tell. */
  readonly met?: boolean | undefined;
}

type Direction = ScenarioResult["direction"];

const directions: readonly Direction[] = ["down", "up"];

/**
 * What scpkit is to reach, and what it reached in `results`: with its own choice of lanes, on the running Node and on
 * each other version of Node that was measured.
 */
export function checkThresholds(results: BenchResults): ThresholdOutcome[] {
  return [
    ...scpkitOnNode(results).flatMap((peer) => checkCopies(results, peer)),
    judgeMicro(results, "border", "raw pipe", 0.9),
    judgeMicro(results, "layer-down", "raw channel", 0.95),
    judgeMicro(results, "layer-up", "raw channel", 0.95),
  ];
}

/** `scpkit`, `scpkit@node24`; without any results `scpkit`. */
function scpkitOnNode({ scenarios }: BenchResults): string[] {
  const names = new Set(scenarios.flatMap(({ peers }) => peers.map(({ peer }) => peer)));
  const found = [...names].filter((name) => /^scpkit(@node\d+)?$/.test(name)).sort();
  return found.length === 0 ? ["scpkit"] : found;
}

function checkCopies(results: BenchResults, peer: string): ThresholdOutcome[] {
  const faster = (asked: number, base: string, at: At): ThresholdOutcome =>
    judge(`${describeAt(at)}: times faster than ${base}`, asked, ratioAt(results, peer, base, at));
  const outcomes = [
    faster(1 / 1.25, "tar", { name: "small-200", direction: "down", delayMs: 20 }),
    faster(25, "scp", { name: "small-200", direction: "down", delayMs: 20 }),
    faster(1 / 2, "tar", { name: "small-200", direction: "up", delayMs: 20 }),
    faster(20, "scp", { name: "small-200", direction: "up", delayMs: 20 }),
    ...directions.map((direction) => noWorseFarther(results, peer, direction)),
    ...directions.flatMap((direction) => [
      faster(2, "scp-O", { name: "small-2000", direction, delayMs: 0 }),
      faster(3, "scp", { name: "small-2000", direction, delayMs: 0 }),
    ]),
    ...directions.map((direction) => faster(1.2, "scp", { name: "big", direction, delayMs: 0 })),
    ...directions.map((direction) => faster(1, "scp-O", { name: "big", direction, delayMs: 0, cipher: "equal" })),
    faster(4, "scp", { name: "big", direction: "down", delayMs: 50 }),
    ...directions.map((direction) => judgeMemory(results, peer, direction)),
  ];
  const [, runtime] = peer.split("@");
  return runtime === undefined
    ? outcomes
    : outcomes.map((outcome) => ({ ...outcome, title: `on ${runtime}, ${outcome.title}` }));
}

interface At {
  readonly name: string;
  readonly direction: Direction;
  readonly delayMs: number;
  readonly cipher?: ScenarioResult["cipher"];
}

function describeAt({ name, direction, delayMs, cipher }: At): string {
  return `${name} ${direction} ${delayMs} ms${cipher === "equal" ? " equal cipher" : ""}`;
}

function ratioAt(results: BenchResults, peer: string, base: string, at: At): Ratio | undefined {
  const scenario = findScenario(results, at.name, at.direction, at.delayMs, at.cipher);
  return speedRatio(findPeer(scenario, peer), findPeer(scenario, base));
}

/** A bound decides only when it lies on the right side of what was asked. */
function judge(title: string, least: number, ratio: Ratio | undefined): ThresholdOutcome {
  const asked = `at least ${formatNumber(least)}x`;
  if (ratio === undefined) return { title, asked, measured: "" };
  const enough = ratio.value >= least;
  const decided = ratio.bound === "exact" || (ratio.bound === "at-least") === enough;
  return { title, asked, measured: formatRatio(ratio), met: decided ? enough : undefined };
}

function noWorseFarther(results: BenchResults, peer: string, direction: Direction): ThresholdOutcome {
  const [near, far] = [20, 100].map((delayMs) =>
    ratioAt(results, peer, "scp", { name: "small-200", direction, delayMs }),
  );
  const title = `small-200 ${direction}: times faster than scp at 100 ms as at 20 ms`;
  if (near?.bound !== "exact" || far === undefined) return { title, asked: "no less", measured: "" };
  const outcome = judge(title, near.value, far);
  return { ...outcome, asked: `no less than ${formatRatio(near)}` };
}

function judgeMicro(results: BenchResults, name: string, against: string, least: number): ThresholdOutcome {
  const value = results.micro.find((micro) => micro.name === name)?.ratios[against];
  return judge(
    `${name}: scpkit against ${against}`,
    least,
    value === undefined ? undefined : { value, bound: "exact" },
  );
}

function judgeMemory(results: BenchResults, peer: string, direction: Direction): ThresholdOutcome {
  const title = `Peak memory ${direction}, 4 GiB against 64 MiB`;
  const asked = "within 10 %";
  const [small, large] = ["memory-64m", "memory-4g"].map(
    (name) => findPeer(findScenario(results, name, direction, 0), peer)?.peakRssKiB,
  );
  if (small === undefined || large === undefined) return { title, asked, measured: "" };
  const percent = (large / small - 1) * 100;
  return {
    title,
    asked,
    measured: `${percent < 0 ? "" : "+"}${percent.toFixed(1)} % (${Math.round(small / 1024)} and ${Math.round(large / 1024)} MiB)`,
    met: Math.abs(percent) <= 10,
  };
}

/** Names of the cases that {@link checkThresholds} looks at. */
export const thresholdCases: readonly string[] = ["small-200", "small-2000", "big", "memory-64m", "memory-4g"];

/** {@link checkThresholds} looks at this scenario. */
export function isThresholdScenario({ benchCase, direction, delayMs, cipher }: Scenario): boolean {
  switch (benchCase.name) {
    case "small-200":
      return delayMs === 20 || delayMs === 100;
    case "big":
      return delayMs === 0 || (delayMs === 50 && direction === "down" && cipher === undefined);
    default:
      return delayMs === 0;
  }
}
