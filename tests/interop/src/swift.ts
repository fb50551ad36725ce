import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";

/** Debian's Python: its packages are not for another one. */
const python = "/usr/bin/python3";

/** OpenStack Swift with its S3 API, whole, on loopback. */
export interface Swift {
  readonly endpoint: string;
  /** A client for one of its two users: `tester` may do everything, `guest` nothing. */
  client(user?: "tester" | "guest"): S3Client;
  close(): Promise<void>;
}

/** Whether Swift is installed. */
export function hasSwift(): boolean {
  return spawnSync(python, ["-c", "import swift.proxy.server, swift.obj.server"], { stdio: "ignore" }).status === 0;
}

/** Starts Swift, with everything it stores in a temporary folder. */
export async function startSwift(): Promise<Swift> {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-swift-"));
  const server = spawn(python, [join(import.meta.dirname, "swift-server.py"), folder], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  let errors = "";
  server.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.stdout.once("data", (chunk) => resolve(Number(String(chunk))));
    server.once("close", () => reject(new Error(`Swift did not start:\n${errors}`)));
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const clients: S3Client[] = [];
  return {
    endpoint,
    client(user = "tester") {
      const secretAccessKey = { tester: "testing", guest: "guesting" }[user];
      const credentials = { accessKeyId: `test:${user}`, secretAccessKey };
      const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      server.stdin.end();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
