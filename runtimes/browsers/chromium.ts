import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { type TestBundle, unloaded } from "./bundle.ts";
import type { TestResult } from "./shims/node-test.ts";

const executablePath = process.env.SCPKIT_CHROMIUM ?? "/usr/bin/chromium";

/** What of the runtime is missing here; `undefined` when nothing is. */
export function missingChromium(): string | undefined {
  return existsSync(executablePath) ? undefined : "chromium";
}

/** Runs test bundles in Chromium, each in a page of its own. */
export async function* runInChromium(
  bundles: readonly TestBundle[],
  leaveOut: readonly string[],
): AsyncGenerator<readonly TestResult[]> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const browser = await chromium.launch({
    executablePath,
    args: [...args, "--disable-component-update", "--disable-sync"],
  });
  try {
    for (const { file, entry, copies } of bundles) {
      const modules = new Map([[file, entry], ...copies]);
      const page = await browser.newPage();
      // Nothing listens: whatever the page asks for is answered here.
      await page.route("**/*", async (route) => {
        const { pathname, search } = new URL(route.request().url());
        const body = modules.get(`${pathname.slice(1)}${search}`);
        if (body !== undefined) await route.fulfill({ contentType: "text/javascript", body });
        else await route.fulfill({ contentType: "text/html", body: "<!doctype html><title>tests</title>" });
      });
      await page.goto("http://localhost/");
      const run = `import("/${file}").then(({ runTests }) => runTests(${JSON.stringify(leaveOut)}))`;
      yield await page.evaluate<readonly TestResult[]>(run).catch(unloaded);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
