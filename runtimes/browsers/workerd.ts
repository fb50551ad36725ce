import { Miniflare } from "miniflare";
import { type TestBundle, unloaded } from "./bundle.ts";
import type { TestResult } from "./shims/node-test.ts";

/** Loaded only when asked, since a worker may start no timers while its modules are loaded. */
const main = (file: string, leaveOut: readonly string[]): string => `
  export default {
    async fetch() {
      const { runTests } = await import(${JSON.stringify(`./${file}`)});
      return Response.json(await runTests(${JSON.stringify(leaveOut)}));
    },
  };
`;

/** Runs test bundles in workerd, each in a worker of its own. */
export async function* runInWorkerd(
  bundles: readonly TestBundle[],
  leaveOut: readonly string[],
): AsyncGenerator<readonly TestResult[]> {
  const miniflare = new Miniflare({
    workers: bundles.map(({ file, entry, copies }, index) => ({
      name: `suite-${index}`,
      routes: [`suite-${index}/*`],
      compatibilityDate: "2026-07-01",
      modulesRoot: "/",
      modules: [
        { type: "ESModule", path: "/main.mjs", contents: main(file, leaveOut) },
        ...[[file, entry] as const, ...copies].map(([path, contents]) => ({
          type: "ESModule" as const,
          path: `/${path}`,
          contents,
        })),
      ],
    })),
  });
  try {
    await miniflare.ready;
    for (const index of bundles.keys()) {
      const response = await miniflare.dispatchFetch(`http://suite-${index}/`);
      if (response.ok) yield (await response.json()) as readonly TestResult[];
      else yield unloaded(await response.text());
    }
  } finally {
    await miniflare.dispose();
  }
}
