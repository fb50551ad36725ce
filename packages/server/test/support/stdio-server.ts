/*
 * Answers one scp command line, its last argument, over its own standard streams, as an SSH server would over an exec channel.
 * Files are those below the directory in SCP_TEST_ROOT. Run by scp(1) through the script that real-scp.test.ts writes.
 */
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ScpSessionChannel } from "@scpkit/core";
import type { ScpTarget } from "@scpkit/sink";
import type { ScpEntry } from "@scpkit/source";
import { serveCommand } from "../../src/index.ts";

const root = process.env.SCP_TEST_ROOT;
if (root === undefined) throw new Error("Set SCP_TEST_ROOT");

function createTarget(directory: string): ScpTarget {
  return {
    async file({ name, mode, times }) {
      const path = join(directory, name.text);
      const handle = await open(path, "w", mode);
      return new WritableStream<Uint8Array>({
        write: async (chunk) => {
          await handle.writeFile(chunk);
        },
        async close() {
          await handle.close();
          if (times !== undefined) await utimes(path, times.atimeMs / 1000, times.mtimeMs / 1000);
        },
        async abort() {
          await handle.close();
          await rm(path);
        },
      });
    },
    async directory({ name }) {
      const path = join(directory, name.text);
      await mkdir(path, { recursive: true });
      return createTarget(path);
    },
  };
}

async function createEntry(path: string): Promise<ScpEntry> {
  const { mode, size, mtimeMs, atimeMs, isDirectory } = await stat(path).then((stats) => ({
    ...stats,
    isDirectory: stats.isDirectory(),
  }));
  const shared = { name: basename(path), mode: mode & 0o777, times: { mtimeMs, atimeMs } };
  if (isDirectory) {
    return {
      ...shared,
      type: "directory",
      async *entries() {
        for (const name of await readdir(path)) yield await createEntry(join(path, name));
      },
    };
  }
  const open = (): ReadableStream<Uint8Array> => {
    const chunks = createReadStream(path)[Symbol.asyncIterator]();
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
  };
  return { ...shared, type: "file", size, open };
}

function write(stream: NodeJS.WriteStream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => stream.write(chunk, (error) => (error ? reject(error) : resolve())));
}

// A client that has gone shows in what the server reads; node throws what nobody listens to.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const input = process.stdin[Symbol.asyncIterator]();
const channel: ScpSessionChannel = {
  readable: new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await input.next();
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
    },
    { highWaterMark: 0 },
  ),
  writable: new WritableStream<Uint8Array>({ write: (chunk) => write(process.stdout, chunk) }),
  stderr: new WritableStream<Uint8Array>({ write: (chunk) => write(process.stderr, chunk) }),
  closed: new Promise(() => {}),
  async exit(code) {
    // Both are written to in order: once these are through, so is everything before them.
    await Promise.allSettled([write(process.stdout, new Uint8Array()), write(process.stderr, new Uint8Array())]);
    process.exit(code);
  },
};

await serveCommand(process.argv.at(-1) ?? "", channel, {
  async target(_, path) {
    const directory = join(root, path);
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error(directory), { code: "ENOTDIR" });
    return createTarget(directory);
  },
  entries: async (_, path) => [await createEntry(join(root, path))],
  policy: ({ name }) =>
    name.text.endsWith(".secret") ? { type: "skip", reason: "this is not to be copied" } : { type: "allow" },
});
