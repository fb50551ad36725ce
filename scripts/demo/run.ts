// Uploads this repository's packages and a large file to an SSH server on loopback, downloads them again, and compares.
import { createCipheriv, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFsTarget, walk } from "@scpkit/fs";
import { download } from "@scpkit/sink";
import { type ScpEntries, type ScpEntry, upload } from "@scpkit/source";
import { connect, type Ssh2Connection } from "@scpkit/ssh2";
import { generateHostKey } from "@scpkit/ssh2/server";
import { compareInventories, generatedFolders, type InventoryItem, takeInventory } from "./inventory.ts";
import { formatRate, Progress } from "./progress.ts";
import { startServer } from "./start-server.ts";

const packages = join(import.meta.dirname, "..", "..", "packages");
const largeName = "random-256-MiB.bin";
const largeBytes = 256 * 1024 * 1024;

const abort = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => abort.abort(new Error(`Ended by ${signal}`)));
}
const folder = mkdtempSync(join(tmpdir(), "scpkit-demo-"));
const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
process.on("exit", removeFolder);
try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = abort.signal.aborted ? 130 : 1;
} finally {
  removeFolder();
}

async function run(): Promise<void> {
  const [large, served, back] = [join(folder, largeName), join(folder, "served"), join(folder, "back")];
  mkdirSync(served);
  mkdirSync(back);
  console.log(`Writing a file of 256 MiB and reading ${packages}`);
  await writeRandom(large);
  const expected = await inventoryOf(packages, large);
  const totalBytes = sum([...expected.values()].map(({ size }) => size));

  const clientKey = generateHostKey();
  await using server = await startServer(served, clientKey.publicKey);
  const fingerprint = server.hostKeys[0]?.fingerprint;
  console.log(`An SSH server listens on ${server.host} port ${server.port}; its key is ${fingerprint}`);
  await using connection = await connect({
    host: server.host,
    port: server.port,
    username: "demo",
    auth: [{ type: "private-key", key: clientKey.privateKey }],
    verifyHostKey: (key) => key.fingerprint === fingerprint,
    signal: abort.signal,
  });

  const upSeconds = await sendAll(connection, large, totalBytes);
  const downSeconds = await fetchAll(connection, back, totalBytes);

  console.log("Comparing SHA-256, modes and times");
  const differences: string[] = [];
  for (const place of [served, back]) {
    const actual = await inventoryOf(join(place, "packages"), join(place, largeName));
    differences.push(...compareInventories(expected, actual));
  }
  for (const difference of differences.slice(0, 20)) console.error(difference);
  if (differences.length > 0) throw new Error(`${differences.length} differences`);

  const files = [...expected.values()].filter(({ type }) => type === "file").length;
  const megabytes = (totalBytes / 1e6).toFixed(1);
  console.log(`\n${files} files, ${expected.size - files} directories, ${megabytes} MB each way; all equal`);
  console.log(`upload     ${upSeconds.toFixed(2)} s  ${formatRate(totalBytes, upSeconds)}`);
  console.log(`download   ${downSeconds.toFixed(2)} s  ${formatRate(totalBytes, downSeconds)}`);
}

async function sendAll(connection: Ssh2Connection, large: string, totalBytes: number): Promise<number> {
  const progress = new Progress("upload", totalBytes);
  try {
    await upload(connection, "/", both(large), {
      preserve: true,
      targetIsDirectory: true,
      parallel: 4,
      signal: abort.signal,
      onEvent: progress.observe,
    });
    return progress.seconds;
  } finally {
    progress.end();
  }
}

async function fetchAll(connection: Ssh2Connection, back: string, totalBytes: number): Promise<number> {
  const progress = new Progress("download", totalBytes);
  const target = await createFsTarget(back, { preserve: true, targetIsDirectory: true });
  const options = { preserve: true, recursive: true, signal: abort.signal, onEvent: progress.observe };
  try {
    await download(connection, "packages", target, options);
    await download(connection, largeName, target, options);
    return progress.seconds;
  } finally {
    progress.end();
  }
}

async function* both(large: string): AsyncGenerator<ScpEntry> {
  yield* withoutGenerated(walk(packages, { recursive: true }));
  yield* walk(large);
}

async function* withoutGenerated(entries: ScpEntries): AsyncGenerator<ScpEntry> {
  for await (const entry of entries) {
    const name = typeof entry.name === "string" ? entry.name : entry.name.text;
    if (entry.type !== "directory") yield entry;
    else if (!generatedFolders.has(name)) {
      yield { ...entry, entries: (context) => withoutGenerated(entry.entries(context)) };
    }
  }
}

async function inventoryOf(tree: string, large: string): Promise<Map<string, InventoryItem>> {
  return new Map([...(await takeInventory(tree, "packages")), ...(await takeInventory(large, largeName))]);
}

/** Writes random bytes, which cannot be compressed and where a swap is detected. */
async function writeRandom(path: string): Promise<void> {
  const cipher = createCipheriv("aes-128-ctr", randomBytes(16), randomBytes(16));
  const zeros = Buffer.alloc(4 * 1024 * 1024);
  const file = await open(path, "w", 0o640);
  try {
    for (let written = 0; written < largeBytes; written += zeros.byteLength) {
      abort.signal.throwIfAborted();
      await file.write(cipher.update(zeros));
    }
  } finally {
    await file.close();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
