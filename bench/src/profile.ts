import { mkdirSync } from "node:fs";
import type { Environment } from "./environment/environment.ts";
import type { Peer } from "./peers/peer.ts";
import type { Scenario } from "./plan.ts";
import { resultsPath } from "./report/write-results.ts";
import { copyOnce, type RunBounds } from "./run-scenario.ts";

/**
 * Runs every peer that can be profiled once more, writing a CPU profile that Chrome's developer tools read.
 *
 * @returns the folders of the profiles
 */
export async function profileScenario(
  environment: Environment,
  scenario: Scenario,
  peers: readonly Peer[],
  bounds: RunBounds,
): Promise<string[]> {
  const folders: string[] = [];
  const { benchCase, direction, delayMs, cipher } = scenario;
  const name = [benchCase.name, direction, delayMs, cipher === undefined ? "default" : "equal"].join("-");
  for (const peer of peers.filter((candidate) => candidate.profile !== undefined)) {
    const folder = resultsPath(`local/profiles/${name}/${peer.name}`, "");
    mkdirSync(folder, { recursive: true });
    const fixture = await environment.fixture(benchCase);
    await copyOnce(environment, scenario, fixture, peer, { ...bounds, profileFolder: folder });
    folders.push(folder);
  }
  return folders;
}
