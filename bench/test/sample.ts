import type { BenchResults, MicroResult, PeerResult, ScenarioResult } from "../src/report/results.ts";

/** A peer that took `seconds`, or more than `over`. */
export function samplePeer(peer: string, seconds: number | undefined, over?: number): PeerResult {
  if (seconds === undefined) return { peer, seconds: [], overSeconds: over };
  return { peer, seconds: [seconds], medianSeconds: seconds, cpuSeconds: seconds / 2, peakRssKiB: 10_240 };
}

/** A scenario; what is not said is 200 small files, downwards, at 20 ms. */
export function sampleScenario(peers: readonly PeerResult[], more: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    case: "small-200",
    title: "200 files",
    direction: "down",
    delayMs: 20,
    cipher: "default",
    files: 200,
    bytes: 204_800,
    peers,
    ...more,
  };
}

/** Whole results around scenarios. */
export function sampleResults(scenarios: readonly ScenarioResult[], micro: readonly MicroResult[] = []): BenchResults {
  return {
    schema: 1,
    date: "2026-11-21T08:00:00.000Z",
    quick: false,
    machine: { cpu: "A processor", cores: 2, memoryGiB: 4, kernel: "Linux 6.1", loadAverage: 0 },
    versions: { node: "v20.20.2" },
    server: { shell: "bash", trivialCommandMs: 120, roundTripsMs: { 20: 20.4 } },
    absentPeers: [{ name: "rsync", reason: "rsync is not installed" }],
    scenarios,
    micro,
  };
}
