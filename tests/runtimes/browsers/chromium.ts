import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { mapLimit } from "../../../scripts/gate/result.mjs";
import { type TestBundle, unloaded } from "./bundle.ts";
import type { TestResult } from "./shims/node-test.ts";

const executablePath = process.env.SCPKIT_CHROMIUM ?? "/usr/bin/chromium";

/** What of the runtime is missing here; `undefined` when nothing is. */
export function missingChromium(): string | undefined {
  return existsSync(executablePath) ? undefined : "chromium";
}

/** Runs test bundles in Chromium, each in a page and a process of its own, two at a time; results in the order of the bundles. */
export async function runInChromium(
  bundles: readonly TestBundle[],
  leaveOut: readonly string[],
): Promise<readonly (readonly TestResult[])[]> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  const browser = await chromium.launch({
    executablePath,
    args: [...args, "--disable-component-update", "--disable-sync"],
  });
  try {
    return await mapLimit(bundles, 2, (bundle) => runInPage(browser, bundle, leaveOut));
  } finally {
    await browser.close();
  }
}

async function runInPage(
  browser: Browser,
  { file, entry, copies }: TestBundle,
  leaveOut: readonly string[],
): Promise<readonly TestResult[]> {
  const modules = new Map([[file, entry], ...copies]);
  const context = await browser.newContext();
  const page = await context.newPage();
  // Nothing listens: whatever the page asks for is answered here.
  await page.route("**/*", async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const body = modules.get(`${pathname.slice(1)}${search}`);
    if (body !== undefined) await route.fulfill({ contentType: "text/javascript", body });
    else await route.fulfill({ contentType: "text/html", body: "<!doctype html><title>tests</title>" });
  });
  await page.goto("http://localhost/");
  const run = `import("/${file}").then(({ runTests }) => runTests(${JSON.stringify(leaveOut)}))`;
  const results = await page.evaluate<readonly TestResult[]>(run).catch(unloaded);
  await context.close();
  return results;
}
