import { findPeer, formatNumber, formatRatio, speedRatio } from "./ratio.ts";
import type { BenchResults, PeerResult, ScenarioResult } from "./results.ts";
import type { ThresholdOutcome } from "./thresholds.ts";

const gigabyte = 1e9;

/**
 * Results as a Markdown page: one table per case, then processor time, memory, the measurements in one process, and
 * what was left out.
 */
export function formatMarkdown(results: BenchResults, outcomes: readonly ThresholdOutcome[]): string {
  const cases = new Map<string, ScenarioResult[]>();
  for (const scenario of results.scenarios) {
    cases.set(scenario.case, [...(cases.get(scenario.case) ?? []), scenario]);
  }
  const sections = [
    "# Benchmark",
    describeConditions(results),
    ...(outcomes.length === 0 ? [] : ["## Aims", table(["aim", "asked", "measured", ""], outcomes.map(outcomeRow))]),
    ...[...cases.values()].flatMap(formatCase),
    ...formatMicro(results),
    ...formatNotes(results),
  ];
  return `${sections.join("\n\n")}\n`;
}

function describeConditions({ date, quick, machine, versions, server }: BenchResults): string {
  const trips = Object.entries(server.roundTripsMs).map(([asked, found]) => `${asked} ms: ${found} ms`);
  return [
    `- ${date.slice(0, 16).replace("T", " ")} UTC${quick ? ", quick run" : ""}`,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, load at start ${machine.loadAverage}`,
    `- ${Object.entries(versions)
      .map(([name, version]) =>
        version.toLowerCase().startsWith(name) || version.includes(`(GNU ${name})`) ? version : `${name} ${version}`,
      )
      .join("; ")}`,
    `- Remote shell ${server.shell}, \`ssh host true\` takes ${server.trivialCommandMs} ms`,
    ...(trips.length === 0 ? [] : [`- Round trips, asked for and found through the delay proxy: ${trips.join(", ")}`]),
  ].join("\n");
}

function outcomeRow({ title, asked, measured, met }: ThresholdOutcome): string[] {
  return [title, asked, measured, met === undefined ? "not measured" : met ? "met" : "**not met**"];
}

function formatCase(scenarios: readonly ScenarioResult[]): string[] {
  const first = scenarios[0];
  if (first === undefined) return [];
  const peers = [...new Set(scenarios.flatMap((scenario) => scenario.peers.map(({ peer }) => peer)))];
  const rowOf = (scenario: ScenarioResult, cell: (peer: PeerResult | undefined) => string): string[] => [
    `${scenario.direction}, ${scenario.delayMs} ms${scenario.cipher === "equal" ? ", equal cipher" : ""}`,
    ...peers.map((peer) => cell(findPeer(scenario, peer))),
  ];
  const times = scenarios.map((scenario) => rowOf(scenario, (peer) => formatTime(peer, findPeer(scenario, "scp"))));
  const sections = [
    `## ${first.case}: ${first.title}`,
    `${count(first.files)} files, ${(first.bytes / 1e6).toFixed(1)} MB. Seconds, median; in brackets how many times faster than scp.`,
    table(["", ...peers], times),
  ];
  // Of short transfers it would be the start of the process that is counted.
  if (first.bytes < 32 * 1024 * 1024) return sections;
  const hasProcessorTimes = first.bytes >= 256 * 1024 * 1024;
  const near = scenarios.filter(({ delayMs }) => delayMs === 0);
  const tableOf = (row: (scenario: ScenarioResult) => string[]): string => table(["", ...peers], near.map(row));
  const perGigabyte = (bytes: number) => (peer: PeerResult | undefined) =>
    peer?.cpuSeconds === undefined ? "" : formatNumber((peer.cpuSeconds / bytes) * gigabyte);
  return [
    ...sections,
    ...(hasProcessorTimes
      ? [
          "Processor seconds per GB, this side only:",
          tableOf((scenario) => rowOf(scenario, perGigabyte(scenario.bytes))),
        ]
      : []),
    "Peak memory of the largest process on this side, MiB:",
    tableOf((scenario) => rowOf(scenario, formatMemory)),
  ];
}

function formatTime(peer: PeerResult | undefined, base: PeerResult | undefined): string {
  if (peer === undefined) return "";
  const ratio = peer === base ? undefined : speedRatio(peer, base);
  const suffix = ratio === undefined ? "" : ` (${formatRatio(ratio)})`;
  if (peer.medianSeconds !== undefined) return formatNumber(peer.medianSeconds) + suffix;
  return peer.overSeconds === undefined ? "–" : `over ${peer.overSeconds}${suffix}`;
}

function formatMemory(peer: PeerResult | undefined): string {
  return peer?.peakRssKiB === undefined ? "" : formatNumber(peer.peakRssKiB / 1024);
}

function formatMicro({ micro }: BenchResults): string[] {
  const measured = micro.filter(({ variants }) => variants.length > 0);
  if (measured.length === 0) return [];
  const rows = measured.flatMap(({ title, unit, variants, ratios }) =>
    variants.map(({ name, median }, index) => {
      const ratio = ratios[name];
      return [
        index === 0 ? title : "",
        name,
        `${formatLarge(median)} ${unit}`,
        ratio === undefined ? "" : `${formatNumber(ratio)}x`,
      ];
    }),
  );
  return ["## In one process", table(["", "variant", "median", "first one against this"], rows)];
}

function formatNotes({ scenarios, micro, absentPeers }: BenchResults): string[] {
  const lines = [
    ...absentPeers.map(({ name, reason }) => `- ${name} did not take part: ${reason}`),
    ...scenarios.flatMap((scenario) =>
      scenario.peers
        .filter(({ note }) => note !== undefined)
        .map(({ peer, note }) => `- ${scenario.case} ${scenario.direction} ${scenario.delayMs} ms, ${peer}: ${note}`),
    ),
    ...micro.filter(({ note }) => note !== undefined).map(({ name, note }) => `- ${name}: ${note}`),
  ];
  return lines.length === 0 ? [] : ["## Left out", lines.join("\n")];
}

function formatLarge(value: number): string {
  return value >= 1000 ? count(Math.round(value)) : formatNumber(value);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`)
    .join("\n");
}
