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

/** Runs test bundles in workerd, each in a worker of its own, one after the other; results in the order of the bundles. */
export async function runInWorkerd(
  bundles: readonly TestBundle[],
  leaveOut: readonly string[],
): Promise<readonly (readonly TestResult[])[]> {
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
    const results: (readonly TestResult[])[] = [];
    for (const index of bundles.keys()) {
      const response = await miniflare.dispatchFetch(`http://suite-${index}/`);
      if (response.ok) results.push((await response.json()) as readonly TestResult[]);
      else results.push(unloaded(await response.text()));
    }
    return results;
  } finally {
    await miniflare.dispose();
  }
}
