// Streams a large file up and down, and watches what the page, the browser and the server need for it.
// SCPKIT_DROP_MIB=1024 makes it a gibibyte.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import type { CDPSession } from "playwright-core";
import { dropFiles, launchBrowser, transferEnd } from "./browser.ts";

const mebibytes = Number(process.env.SCPKIT_DROP_MIB ?? 256);
const size = mebibytes * 1024 ** 2;
/** Garbage that is not collected yet and the windows of the streams; far below the size of the file. */
const allowedMib = 128;

/** What a process holds in memory, in MiB. */
function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}

/** Samples until it is stopped; gives the growth over the first sample. */
function watch(measures: Record<string, () => Promise<number> | number>) {
  let stopped = false;
  const done = (async () => {
    const growth: Record<string, number> = {};
    const first: Record<string, number> = {};
    do {
      for (const [name, measure] of Object.entries(measures)) {
        const value = await measure();
        first[name] ??= value;
        growth[name] = Math.max(growth[name] ?? 0, Math.round(value - (first[name] ?? 0)));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    } while (!stopped);
    return growth;
  })();
  return () => {
    stopped = true;
    return done;
  };
}

it(`streams ${mebibytes} MiB each way without holding them`, { timeout: 600_000 }, async (t) => {
  if (process.platform !== "linux") return t.skip("reads /proc");
  const browser = await launchBrowser();
  if (browser === undefined) return t.skip("peer missing: chromium");
  t.after(() => browser.close());
  const dir = mkdtempSync(join(tmpdir(), "scpkit-drop-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const root = join(dir, "root");
  mkdirSync(root);
  const large = join(dir, "large.bin");
  writeFileSync(large, "");
  truncateSync(large, size);

  // A process of its own, so that nothing else of this test counts.
  const main = fileURLToPath(new URL("../src/server/main.ts", import.meta.url));
  const server = spawn(process.execPath, ["--import", "tsx", main, root, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(async () => {
    if (server.exitCode !== null) return;
    server.kill();
    await once(server, "exit");
  });
  const [line] = await once(createInterface(server.stdout), "line");
  const context = await browser.newContext();
  await context.addInitScript(
    "window.showSaveFilePicker = async () => (await navigator.storage.getDirectory()).getFileHandle('large.bin', { create: true })",
  );
  const page = await context.newPage();
  await page.goto(String(line).replace("Open ", ""));
  const session = await context.newCDPSession(page);
  const renderer = await rendererOf(await browser.newBrowserCDPSession());
  const heap = async (): Promise<number> => {
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    return usedSize / 1024 ** 2;
  };
  const measures = {
    "page heap": heap,
    "page process": () => residentMib(renderer),
    "server process": () => residentMib(server.pid ?? 0),
  };
  // Once small, so that what is loaded for the first transfer is there.
  writeFileSync(join(dir, "small.bin"), Buffer.alloc(8 * 1024 ** 2));
  await dropFiles(page, [join(dir, "small.bin")]);
  assert.equal((await transferEnd(page)).state, "done");

  const stopUpload = watch(measures);
  await dropFiles(page, [large]);
  await page.getByRole("heading", { name: "Sending" }).nth(1).waitFor();
  const upload = await transferEnd(page, 300_000);
  const uploadGrowth = await stopUpload();
  assert.equal(upload.state, "done", upload.text);
  assert.equal(statSync(join(root, "large.bin")).size, size);

  const stopDownload = watch(measures);
  await page.getByRole("button", { name: "Save large.bin" }).click();
  await page.getByRole("heading", { name: "Saving large.bin" }).waitFor();
  const download = await transferEnd(page, 300_000);
  const downloadGrowth = await stopDownload();
  assert.equal(download.state, "done", download.text);
  const saved = await page.evaluate(
    "navigator.storage.getDirectory().then(async (dir) => (await (await dir.getFileHandle('large.bin')).getFile()).size)",
  );
  assert.equal(saved, size);

  t.diagnostic(`up: ${upload.text}; growth in MiB ${JSON.stringify(uploadGrowth)}`);
  t.diagnostic(`down: ${download.text}; growth in MiB ${JSON.stringify(downloadGrowth)}`);
  for (const [name, grown] of [...Object.entries(uploadGrowth), ...Object.entries(downloadGrowth)]) {
    assert.ok(grown < allowedMib, `${name} grew by ${grown} MiB`);
  }
});

/** The process that runs the page. */
async function rendererOf(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  // A spare one may wait for the next page; it is smaller.
  const largest = renderers.sort((a, b) => residentMib(b) - residentMib(a))[0];
  if (largest === undefined) throw new Error("No process runs the page");
  return largest;
}
