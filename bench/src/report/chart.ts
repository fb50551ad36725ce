import { init } from "echarts";
import { formatNumber } from "./ratio.ts";
import type { BenchResults, ScenarioResult } from "./results.ts";

const rowHeight = 30;
const colours = ["#d1495b", "#30638e", "#edae49", "#00798c", "#8d6a9f", "#6b705c", "#9b2226", "#3a5a40"];

/**
 * Draws how long every peer took in every scenario: one row per scenario, one dot per peer, time on a logarithmic axis.
 *
 * @returns an SVG document
 */
export function drawChart(results: Pick<BenchResults, "scenarios">): string {
  const rows = results.scenarios.filter(({ peers }) => peers.some(({ medianSeconds }) => medianSeconds !== undefined));
  const peers = [...new Set(rows.flatMap((row) => row.peers.map(({ peer }) => peer)))];
  const height = 110 + rows.length * rowHeight;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 960, height });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: colours,
    textStyle: { fontFamily: "sans-serif" },
    legend: { top: 8 },
    grid: { left: 230, right: 40, top: 48, bottom: 52 },
    xAxis: {
      type: "log",
      name: "seconds (logarithmic), left is faster",
      nameLocation: "middle",
      nameGap: 30,
      ...timeRange(rows),
      axisLabel: { formatter: (value: number) => String(Number(value.toPrecision(1))) },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map(describeRow),
      splitLine: { show: true, lineStyle: { color: "#e8e8e8" } },
      axisTick: { show: false },
    },
    series: peers.map((peer) => ({
      name: peer,
      type: "scatter",
      symbolSize: peer.startsWith("scpkit") ? 14 : 10,
      data: rows.flatMap((row, index) => {
        const seconds = row.peers.find((result) => result.peer === peer)?.medianSeconds;
        return seconds === undefined ? [] : [{ value: [seconds, index], name: `${formatNumber(seconds)} s` }];
      }),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

function describeRow({ case: name, direction, delayMs, cipher }: ScenarioResult): string {
  return `${name}, ${direction}, ${delayMs} ms${cipher === "equal" ? ", equal cipher" : ""}`;
}

/** Whole powers of ten around all times. */
function timeRange(rows: readonly ScenarioResult[]): { min: number; max: number } {
  const times = rows.flatMap(({ peers }) => peers.flatMap(({ medianSeconds }) => medianSeconds ?? []));
  if (times.length === 0) return { min: 0.1, max: 10 };
  return {
    min: 10 ** Math.floor(Math.log10(Math.min(...times))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...times))),
  };
}
