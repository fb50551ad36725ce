import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const executablePath = process.env.SCPKIT_CHROMIUM ?? "/usr/bin/chromium";

/** Starts Chromium without a window; `undefined` when it is not there. */
export async function launchBrowser(): Promise<Browser | undefined> {
  if (!existsSync(executablePath)) return undefined;
  return chromium.launch({
    executablePath,
    // The first for root, the rest against Chromium's calls home.
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Drops files and folders of this machine on the page, as a user would. */
export async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const box = await page.locator("#drop").boundingBox();
  if (box === null) throw new Error("The page shows no place to drop on");
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: box.x + 20, y: box.y + 20, data });
  }
  await session.detach();
}

/** Waits for the newest transfer to end, and tells how. */
export async function transferEnd(page: Page, timeout = 60_000): Promise<{ state: string; text: string }> {
  const card = page.locator(".transfer").first();
  await card.and(page.locator(":not([data-state=running])")).waitFor({ timeout });
  return {
    state: (await card.getAttribute("data-state")) ?? "",
    text: (await card.locator("> .state").textContent()) ?? "",
  };
}
