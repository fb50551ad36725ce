import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Environment } from "./environment/environment.ts";
import type { Fixture } from "./environment/fixtures.ts";
import { hashFile, inventoryProblem, takeInventory } from "./environment/inventory.ts";
import { type Measurement, measure } from "./measure.ts";
import type { Peer, Transfer } from "./peers/peer.ts";
import type { Scenario } from "./plan.ts";
import type { PeerResult, ScenarioResult } from "./report/results.ts";
import { median, rotate } from "./report/statistics.ts";

/** How much time to spend. */
export interface RunBounds {
  /** Most runs of each peer. */
  readonly rounds: number;
  /** A run that takes longer is stopped, and its peer is not run any more in this scenario nor farther away. */
  readonly limitSeconds: number;
  /** A peer whose run took longer than this is not run again in this scenario. */
  readonly patienceSeconds: number;
  /** When everything must have ended, in milliseconds of `performance.now()`. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** What is known of one peer in one scenario so far. */
interface Progress {
  readonly peer: Peer;
  readonly runs: Measurement[];
  overSeconds?: number;
  note?: string;
  failed?: true;
}

/**
 * Runs a scenario: in every round each peer makes one copy, in an order that begins with another peer each time.
 *
 * Every copy goes to a new folder and is checked; the check is not measured. Large copies are removed after it, small
 * ones with the environment: after thousands of deletions, ext4 visits each freed inode before it creates a new file, so
 * that the next copy would be slower.
 *
 * @param hopeless limits that peers ran into at a shorter distance, by {@link hopelessKey}; added to
 */
export async function runScenario(
  environment: Environment,
  scenario: Scenario,
  peers: readonly Peer[],
  bounds: RunBounds,
  hopeless: Map<string, number>,
): Promise<ScenarioResult> {
  const { benchCase, direction, delayMs, cipher } = scenario;
  const fixture = await environment.fixture(benchCase);
  const all = peers
    .filter((peer) => peer.shapes.includes(fixture.shape))
    .map((peer) => start(peer, scenario, hopeless));
  for (let round = 0; round < bounds.rounds; round += 1) {
    for (const progress of rotate(all, round)) {
      if (progress.note !== undefined) continue;
      await runOnce(environment, scenario, fixture, progress, bounds);
      if (progress.overSeconds !== undefined) {
        hopeless.set(hopelessKey(scenario, progress.peer), progress.overSeconds);
      }
    }
  }
  return {
    case: benchCase.name,
    title: benchCase.title,
    direction,
    delayMs,
    cipher: cipher === undefined ? "default" : "equal",
    files: fixture.inventory.files,
    bytes: fixture.inventory.bytes,
    peers: all.map(finish),
  };
}

function hopelessKey({ benchCase, direction, cipher }: Scenario, peer: Peer): string {
  return [benchCase.name, direction, cipher, peer.name].join();
}

function start(peer: Peer, scenario: Scenario, hopeless: Map<string, number>): Progress {
  const overSeconds = hopeless.get(hopelessKey(scenario, peer));
  if (overSeconds === undefined) return { peer, runs: [] };
  return { peer, runs: [], overSeconds, note: `not run: it took over ${overSeconds} s nearer by` };
}

async function runOnce(
  environment: Environment,
  scenario: Scenario,
  fixture: Fixture,
  progress: Progress,
  bounds: RunBounds,
): Promise<void> {
  const leftSeconds = (bounds.deadlineMs - performance.now()) / 1000;
  if (leftSeconds < 1) {
    if (progress.runs.length === 0) progress.note = "not run: the time was up";
    return;
  }
  const limitSeconds = Math.min(bounds.limitSeconds, leftSeconds);
  try {
    const run = await copyOnce(environment, scenario, fixture, progress.peer, { ...bounds, limitSeconds });
    if (run !== "limit") {
      progress.runs.push(run);
      if (run.seconds > bounds.patienceSeconds)
        progress.note = `not repeated: a run takes over ${bounds.patienceSeconds} s`;
    } else if (limitSeconds < bounds.limitSeconds) {
      progress.note = "stopped: the time was up";
    } else {
      progress.overSeconds = limitSeconds;
      progress.note = `stopped after ${limitSeconds} s`;
    }
  } catch (error) {
    bounds.signal.throwIfAborted();
    progress.failed = true;
    progress.note = `failed: ${error instanceof Error ? error.message : String(error)}`;
    progress.runs.length = 0;
  }
}

/**
 * Copies up to this size stay until the environment is closed, as long as all of them together are no larger than the
 * other bound.
 */
const keptCopyBytes = 256 * 1024 * 1024;
const keptBytes = 4 * 1024 * 1024 * 1024;

let copies = 0;
let kept = 0;

/** Makes one copy and checks it. @throws when it is not a right copy */
export async function copyOnce(
  environment: Environment,
  scenario: Scenario,
  fixture: Fixture,
  peer: Peer,
  bounds: { readonly limitSeconds: number; readonly signal: AbortSignal; readonly profileFolder?: string | undefined },
): Promise<Measurement | "limit"> {
  copies += 1;
  const folder = join(environment.folder, `copy-${copies}`);
  mkdirSync(folder);
  const transfer: Transfer = {
    direction: scenario.direction,
    shape: fixture.shape,
    source: fixture.path,
    destination: join(folder, basename(fixture.path)),
    preserve: scenario.benchCase.preserve,
    cipher: scenario.cipher,
    access: await environment.access(scenario.delayMs),
  };
  try {
    const { profileFolder } = bounds;
    const command = profileFolder === undefined ? peer.command(transfer) : peer.profile?.(transfer, profileFolder);
    if (command === undefined) throw new Error(`${peer.name} cannot be profiled`);
    const result = await measure(command, bounds);
    if (result !== "limit") await check(fixture, transfer, peer);
    return result;
  } finally {
    const { bytes } = fixture.inventory;
    if (bytes <= keptCopyBytes && kept + bytes <= keptBytes) kept += bytes;
    else rmSync(folder, { recursive: true, force: true });
  }
}

async function check(fixture: Fixture, transfer: Transfer, peer: Peer): Promise<void> {
  const { destination, preserve } = transfer;
  const problem = inventoryProblem(fixture.inventory, takeInventory(destination), preserve && peer.preserves);
  if (problem !== undefined) throw new Error(`The copy is wrong: ${problem}`);
  if (fixture.sha256 !== undefined && (await hashFile(destination)) !== fixture.sha256) {
    throw new Error("The copy is wrong: its SHA-256 differs");
  }
}

function finish({ peer, runs, overSeconds, note, failed }: Progress): PeerResult {
  const result = { peer: peer.name, seconds: runs.map((run) => round(run.seconds, 1000)), overSeconds, note, failed };
  if (runs.length === 0) return result;
  return {
    ...result,
    medianSeconds: round(median(runs.map((run) => run.seconds)), 1000),
    cpuSeconds: round(median(runs.map((run) => run.cpuSeconds)), 1000),
    peakRssKiB: Math.round(median(runs.map((run) => run.peakRssKiB))),
  };
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
