import type { MicroResult } from "../report/results.ts";
import { median, rotate } from "../report/statistics.ts";
import type { MicroCase, MicroSetting } from "./micro-case.ts";
import type { MicroName } from "./names.ts";

/** The job of a process that makes one measurement, as the JSON of its only argument. */
export interface MicroJob {
  readonly name: MicroName;
  readonly rounds: number;
  readonly setting: MicroSetting;
}

/** Makes a measurement: runs every variant once to warm up, then `rounds` times in turn. */
export async function runMicro({ name, rounds, setting }: MicroJob): Promise<MicroResult> {
  const { title, unit, variants, unrelated = false, close } = await openCase(name, setting);
  try {
    for (const variant of variants) await variant.run();
    const values = new Map<string, number[]>(variants.map((variant) => [variant.name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const variant of rotate(variants, round)) values.get(variant.name)?.push(await variant.run());
    }
    const results = [...values].map(([variant, list]) => ({ name: variant, values: list, median: median(list) }));
    const own = results[0]?.median ?? Number.NaN;
    const ratios = Object.fromEntries(
      (unrelated ? [] : results.slice(1)).map((result) => [result.name, own / result.median]),
    );
    return { name, title, unit, variants: results, ratios };
  } finally {
    await close?.();
  }
}

/** Loads only what the measurement needs, so that a package that is not built does not stop the others. */
async function openCase(name: MicroName, setting: MicroSetting): Promise<MicroCase> {
  switch (name) {
    case "codec-headers":
      return (await import("./codec-headers.ts")).codecHeaders(setting);
    case "codec-body":
      return (await import("./codec-body.ts")).codecBody(setting);
    case "border":
      return (await import("./border.ts")).border(setting);
    case "layer-down":
      return await (await import("./layer.ts")).layerDown(setting);
    case "layer-up":
      return await (await import("./layer.ts")).layerUp(setting);
  }
}
