import { join } from "node:path";
import { type Environment, openEnvironment } from "./environment/environment.ts";
import { sparseFile } from "./environment/fixtures.ts";
import { describeMachine, describeVersions } from "./environment/machine.ts";
import { runMicroProcess } from "./micro/process.ts";
import type { BenchOptions } from "./options.ts";
import { choosePeers } from "./peers/all.ts";
import type { Peer } from "./peers/peer.ts";
import { describeScenario, planScenarios, type Scenario } from "./plan.ts";
import { profileScenario } from "./profile.ts";
import { formatMicroResult, formatScenario } from "./report/progress.ts";
import type { BenchResults, MicroResult, ScenarioResult } from "./report/results.ts";
import { isThresholdScenario } from "./report/thresholds.ts";
import { type RunBounds, runScenario } from "./run-scenario.ts";

/** Called while a benchmark runs. */
export interface BenchHooks {
  readonly signal: AbortSignal;
  /** Prints a line. */
  print(line: string): void;
  /** Saves the results after every step, so that an interrupted run keeps what it has measured. */
  save(results: BenchResults): void;
}

const aimPeers = ["scpkit", "scp", "scp-O", "tar"];

/** Runs the benchmarks that `options` select. */
export async function runBench(options: BenchOptions, hooks: BenchHooks): Promise<BenchResults> {
  const deadlineMs = performance.now() + options.budgetSeconds * 1000;
  const names = options.peers ?? (options.check && !options.quick ? aimPeers : undefined);
  const { present, absent } = await choosePeers({ names, runtimes: options.runtimes, parallel: options.parallel });
  for (const { name, reason } of absent) hooks.print(`${name} is skipped: ${reason}`);
  const environment = await openEnvironment(options.folder);
  const scenarios: ScenarioResult[] = [];
  const micro: MicroResult[] = [];
  const machine = describeMachine();
  const versions = describeVersions();
  for (const { name, runsOn } of present) if (runsOn !== undefined) versions[`${name} runs on`] = runsOn;
  const date = new Date().toISOString();
  const results = (): BenchResults => ({
    schema: 1,
    date,
    quick: options.quick,
    machine,
    versions,
    server: environment.describe(),
    absentPeers: absent,
    scenarios,
    micro,
  });
  try {
    for await (const result of runAllMicro(environment, options, hooks)) {
      micro.push(result);
      hooks.save(results());
    }
    const bounds = { ...options, deadlineMs, signal: hooks.signal };
    for await (const result of runAllScenarios(environment, options, present, bounds, hooks)) {
      scenarios.push(result);
      hooks.save(results());
    }
    return results();
  } finally {
    await environment.close();
  }
}

async function* runAllMicro(
  environment: Environment,
  { micro, quick, rounds = quick ? 3 : 7 }: BenchOptions,
  { print, signal }: BenchHooks,
): AsyncGenerator<MicroResult> {
  if (micro.length === 0) return;
  const remoteFile = join(environment.folder, "zeros");
  const remoteFileBytes = (quick ? 128 : 1024) * 1024 * 1024;
  sparseFile(remoteFileBytes)(remoteFile);
  const setting = { quick, access: await environment.access(0), remoteFile, remoteFileBytes };
  for (const name of micro) {
    print(name);
    const result = await runMicroProcess({ name, rounds, setting }, { limitSeconds: quick ? 20 : 600, signal });
    print(formatMicroResult(result));
    yield result;
  }
}

async function* runAllScenarios(
  environment: Environment,
  options: BenchOptions,
  peers: readonly Peer[],
  bounds: Omit<RunBounds, "rounds">,
  { print }: BenchHooks,
): AsyncGenerator<ScenarioResult> {
  const scenarios = chooseScenarios(options);
  const hopeless = new Map<string, number>();
  for (const [index, scenario] of scenarios.entries()) {
    const { benchCase, delayMs } = scenario;
    const taking = peers.filter(({ name }) => takesPart(name, options, benchCase.peers));
    const rounds = options.rounds ?? (options.quick ? (delayMs === 0 ? 2 : 1) : 5);
    print(`${describeScenario(scenario)}, ${index + 1} of ${scenarios.length}`);
    const result = await runScenario(environment, scenario, taking, { ...bounds, rounds }, hopeless);
    print(formatScenario(result));
    if (options.profile) {
      const folders = await profileScenario(environment, scenario, taking, { ...bounds, rounds });
      for (const folder of folders) print(`    profile in ${folder}`);
    }
    if (scenarios[index + 1]?.benchCase !== benchCase) environment.dropFixture(benchCase);
    yield result;
  }
}

function chooseScenarios(options: BenchOptions): Scenario[] {
  const all = planScenarios(options);
  return options.check && !options.quick ? all.filter(isThresholdScenario) : all;
}

/**
 * Returns whether a peer takes part. Named peers take part in every case; otherwise a case may have its own choice,
 * which includes every variant of scpkit.
 */
function takesPart(name: string, options: BenchOptions, own: readonly string[] | undefined): boolean {
  if (own === undefined || options.peers !== undefined) return true;
  return own.some((peer) => name === peer || name.startsWith(`${peer}@`) || name.startsWith(`${peer}+`));
}
