import assert from "node:assert/strict";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { get } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it, type TestContext } from "node:test";
import type { ScpServeOutcome } from "@scpkit/server";
import type { Browser, Page } from "playwright-core";
import { type DropServerOptions, startDropServer } from "../src/server/drop-server.ts";
import { dropFiles, launchBrowser, transferEnd } from "./browser.ts";

const oddNames = [
  "white  space.txt",
  "-rf",
  "~",
  "quote ' \" `.txt",
  "$(touch x)",
  "back\\slash",
  "a&b;c|d<e>",
  "100%25.txt",
  "ünïcode é 😀.txt",
  "<img src=x onerror=alert(1)>",
  "עברית.txt",
];

let browser: Browser | undefined;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** A server with a page open, and a folder to send from. */
async function open(
  t: TestContext,
  options: Partial<DropServerOptions> = {},
  prepare: (page: Page) => Promise<unknown> = async () => {},
) {
  if (browser === undefined) {
    t.skip("peer missing: chromium");
    return undefined;
  }
  const dir = mkdtempSync(join(tmpdir(), "scpkit-drop-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const root = join(dir, "root");
  const from = join(dir, "from");
  mkdirSync(root);
  mkdirSync(from);
  const outcomes: ScpServeOutcome[] = [];
  const server = await startDropServer({ root, onOutcome: (_, outcome) => outcomes.push(outcome), ...options });
  t.after(() => server.close());
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await prepare(page);
  await page.goto(server.url);
  return { page, server, root, from, outcomes, errors };
}

/** Paths below a folder with their contents; directories end in a slash. */
function tree(dir: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(dir, prefix), { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) Object.assign(found, { [`${path}/`]: "" }, tree(dir, `${path}/`));
    else found[path] = readFileSync(join(dir, path), "latin1");
  }
  return found;
}

function writeTree(dir: string): void {
  mkdirSync(join(dir, "photos", "summer 2026", "deep"), { recursive: true });
  mkdirSync(join(dir, "photos", "empty"));
  writeFileSync(join(dir, "photos", "nothing"), "");
  writeFileSync(join(dir, "photos", "summer 2026", "deep", "raw.bin"), Buffer.alloc(700_001, "abcdefg"));
  // More than a browser lists at a time.
  for (let index = 0; index < 250; index += 1) writeFileSync(join(dir, "photos", `${index}.jpg`), `picture ${index}`);
  for (const name of oddNames) writeFileSync(join(dir, "photos", name), `I am ${name}`);
  utimesSync(join(dir, "photos", "0.jpg"), 1_600_000_000, 1_600_000_000);
}

it("sends a folder that is dropped, and lists it", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { page, root, from, errors } = opened;
  writeTree(from);
  await dropFiles(page, [join(from, "photos")]);
  assert.deepEqual(await transferEnd(page).then(({ state }) => state), "done");
  assert.deepEqual(tree(root), tree(from));
  assert.equal(statSync(join(root, "photos", "0.jpg")).mtimeMs, 1_600_000_000_000);

  await page.getByRole("button", { name: "photos", exact: true }).click();
  await page.getByText("summer 2026").waitFor();
  const names = await page.locator("#remote > li bdi").allTextContents();
  assert.deepEqual([...names].sort(), readdirSync(join(root, "photos")).sort());
  assert.deepEqual(errors, []);
});

it("sends what is chosen by hand into the folder that is shown, also by keyboard alone", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { page, root, from, errors } = opened;
  writeTree(from);
  mkdirSync(join(root, "inbox"));
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("button", { name: "inbox", exact: true }).press("Enter");
  await page.locator("#destination", { hasText: "/inbox" }).waitFor();
  assert.equal(await page.evaluate("document.activeElement.textContent"), "inbox", "the focus is lost");

  const chooseFiles = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose files…" }).press("Enter");
  await (await chooseFiles).setFiles([join(from, "photos", "1.jpg"), join(from, "photos", "~")]);
  assert.match((await transferEnd(page)).text, /^2 files, 15 bytes/);

  const chooseFolder = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a folder…" }).press("Enter");
  await (await chooseFolder).setFiles(join(from, "photos", "summer 2026"));
  await page.getByRole("heading", { name: "Sending 1 file to /inbox" }).waitFor();
  assert.equal((await transferEnd(page)).state, "done");
  const all = Object.keys(tree(root)).sort();
  const wanted = ["1.jpg", "summer 2026/", "summer 2026/deep/", "summer 2026/deep/raw.bin", "~"];
  assert.deepEqual(all, ["inbox/", ...wanted.map((path) => `inbox/${path}`)].sort());
  // What a screen reader is told.
  assert.match((await page.getByRole("status").textContent()) ?? "", /^Sending 1 file to \/inbox: 1 file, 700 kB/);
  assert.deepEqual(errors, []);
});

it("shows each error at its file, and sends the others", async (t) => {
  const opened = await open(t, { maxFileBytes: 1000 });
  if (opened === undefined) return;
  const { page, root, from } = opened;
  mkdirSync(join(root, "taken.txt"));
  writeFileSync(join(from, "taken.txt"), "x");
  writeFileSync(join(from, "good.txt"), "good");
  writeFileSync(join(from, "big.bin"), Buffer.alloc(1001));
  writeFileSync(join(from, "new\nline"), "no sink takes this");
  await dropFiles(
    page,
    readdirSync(from).map((name) => join(from, name)),
  );
  const { state, text } = await transferEnd(page);
  assert.equal(state, "failed");
  assert.match(text, /^1 file, 4 bytes, 3 failures/);
  const rowOf = async (name: string) =>
    (await page.locator(".transfer li", { hasText: name }).locator(".state").textContent()) ?? "";
  assert.match(await rowOf("taken.txt"), /Is a directory/);
  assert.match(await rowOf("big.bin"), /larger|limit|too/i);
  assert.match(await rowOf("line"), /newline/);
  assert.match(await rowOf("good.txt"), /4 bytes/);
  assert.deepEqual(Object.keys(tree(root)).sort(), ["good.txt", "taken.txt/"]);
});

/** Drops a file so large that it is still under way when the test goes on. */
async function dropLarge(page: Page, from: string): Promise<void> {
  writeFileSync(join(from, "large.bin"), "");
  truncateSync(join(from, "large.bin"), 8 * 1024 ** 3);
  await dropFiles(page, [join(from, "large.bin")]);
  // Some of it has arrived.
  await page.locator(".transfer li .state", { hasText: / [MG]B of / }).waitFor();
}

it("keeps nothing of a file that is cancelled on its way", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { page, root, from, outcomes } = opened;
  writeFileSync(join(root, "large.bin"), "the old contents");
  outcomes.length = 0;
  await dropLarge(page, from);
  // Names only: on a fast machine the temporary file is soon larger than a string can be.
  assert.equal(readdirSync(root).length, 2, "no temporary file to remove");
  await page.getByRole("button", { name: /^Cancel/ }).click();
  const { state, text } = await transferEnd(page);
  assert.equal(state, "cancelled");
  assert.match(text, /^Cancelled after 0 files/);
  await ended(outcomes);
  await removed(root, 1);
  assert.deepEqual(tree(root), { "large.bin": "the old contents" });
});

it("tells that the connection was lost, and the server keeps nothing half", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { page, root, from, outcomes, server } = opened;
  const proxy = await startProxy(t, new URL(server.url));
  await page.goto(proxy.url);
  await page.getByRole("button", { name: "Root" }).waitFor();
  outcomes.length = 0;
  await dropLarge(page, from);
  proxy.cut();
  const { state, text } = await transferEnd(page);
  assert.equal(state, "failed");
  assert.match(text, /WebSocket was closed .*code 1006/);
  assert.match((await page.locator(".transfer li .state").textContent()) ?? "", /nothing kept/);
  await ended(outcomes);
  await removed(root, 0);
  assert.deepEqual(tree(root), {});
});

/** Waits until `left` entries are left, a minute at most: a session ends even if the removal of gigabytes takes longer than its grace. */
async function removed(root: string, left: number): Promise<void> {
  for (let attempt = 0; attempt < 3_000 && readdirSync(root).length > left; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until the server has done with an upload. */
async function ended(outcomes: readonly ScpServeOutcome[]): Promise<void> {
  while (!outcomes.some((outcome) => outcome.handled && outcome.role === "sink")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A way to the server that can be cut. */
async function startProxy(t: TestContext, { hostname, port }: URL) {
  const sockets = new Set<Socket>();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => {
    cut();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`, cut };
}

it("saves a file as the browser's own download", async (t) => {
  // As in a browser without the File System Access API.
  const opened = await open(t, {}, (page) =>
    page.addInitScript("delete Window.prototype.showSaveFilePicker; window.showSaveFilePicker = undefined"),
  );
  if (opened === undefined) return;
  const { page, root, errors } = opened;
  const name = "ünïcode é 😀.bin";
  const bytes = Buffer.alloc(3_000_001, "0123456789");
  writeFileSync(join(root, name), bytes);
  await page.getByRole("button", { name: "Refresh" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: `Save ${name}` }).click();
  const download = await saved;
  assert.equal(download.suggestedFilename(), name);
  assert.ok(readFileSync(await download.path()).equals(bytes));
  assert.equal((await transferEnd(page)).state, "done");
  assert.deepEqual(errors, []);
});

it("streams a folder to where the user says, and goes on after what cannot be kept", async (t) => {
  // Nobody can use a picker without a window: the page's private file system stands for the folder.
  const opened = await open(t, {}, (page) =>
    page.addInitScript("window.showDirectoryPicker = () => navigator.storage.getDirectory()"),
  );
  if (opened === undefined) return;
  const { page, root, errors } = opened;
  writeTree(root);
  // The File System API refuses this name.
  rmSync(join(root, "photos", "back\\slash"));
  writeFileSync(join(root, "photos", "summer 2026", "back\\slash"), "kept nowhere");
  await page.getByRole("button", { name: "Refresh" }).click();
  await page.getByRole("button", { name: "Save photos" }).click();
  const { state, text } = await transferEnd(page);
  const kept = await page.evaluate<Record<string, string>>(readPrivateFiles);
  const wanted = tree(root);
  const refused = Object.keys(wanted).filter((path) => kept[path] === undefined);
  for (const path of refused) delete wanted[path];
  assert.deepEqual(kept, wanted);
  assert.equal(state, refused.length === 0 ? "done" : "failed");
  t.diagnostic(`${text}; refused by the browser: ${JSON.stringify(refused)}`);
  assert.ok(
    refused.every((path) => /[\\<>:"|?*~%]|\.$/.test(path)),
    refused.join(),
  );
  assert.deepEqual(errors, []);
});

/** Runs in the page; as text, since what loads TypeScript here would add to a function what the page lacks. */
const readPrivateFiles = `(async () => {
  const found = {};
  const visit = async (dir, prefix) => {
    for await (const handle of dir.values()) {
      const path = prefix + handle.name;
      if (handle.kind === "directory") {
        found[path + "/"] = "";
        await visit(handle, path + "/");
      } else {
        const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        found[path] = [...bytes].map((byte) => String.fromCharCode(byte)).join("");
      }
    }
  };
  await visit(await navigator.storage.getDirectory(), "");
  return found;
})()`;

it("answers no other page", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { page, server } = opened;
  await page.goto("about:blank");
  const url = JSON.stringify(`${server.url.replace("http", "ws")}scp`);
  const outcome = await page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket(${url});
    socket.onopen = () => resolve("opened");
    socket.onclose = () => resolve("refused");
  })`);
  assert.equal(outcome, "refused");
  // A name of somebody else's that leads to this machine.
  const request = get(server.url, { headers: { host: "evil.example" } });
  const [response] = await once(request, "response");
  response.resume();
  assert.equal(response.statusCode, 404);
});
