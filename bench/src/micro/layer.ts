import { once } from "node:events";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { download, type ScpTarget } from "@scpkit/sink";
import { type ScpFileEntry, upload } from "@scpkit/source";
import { type Ssh2Connection, wrapClient } from "@scpkit/ssh2";
import ssh2, { type Client, type ClientChannel } from "ssh2";
import type { ClientAccess } from "../environment/client-access.ts";
import { gigabytesPerSecond, type MicroCase, type MicroSetting } from "./micro-case.ts";

const chunk: Uint8Array = new Uint8Array(65_536).fill(7);

/**
 * Measures the overhead of the scp layer for a download: a file through `scp -f` into a counter, compared with the same
 * file through `cat` on a channel of ssh2.
 */
export async function layerDown({ access, remoteFile, remoteFileBytes }: MicroSetting): Promise<MicroCase> {
  const { client, connection } = await openClient(access);
  const timed = timer(remoteFileBytes);
  return {
    title: "scp layer over ssh2, download",
    unit: "GB/s",
    variants: [
      { name: "scp layer", run: () => timed((count) => downloadFile(connection, remoteFile, count)) },
      { name: "raw channel", run: () => timed((count) => readRaw(client, `cat ${remoteFile}`, count)) },
      { name: "web streams", run: () => timed((count) => readStream(connection, `cat ${remoteFile}`, count)) },
    ],
    close: () => connection.close(),
  };
}

/**
 * Measures the overhead of the scp layer for an upload: bytes of this process through `scp -t /dev/null`, compared with
 * the same bytes through `cat` on a channel of ssh2. `scp -t` reads in pieces of 16 KiB, and `cat` in pieces of 128
 * KiB. The third variant, which sends the same protocol without the layer, separates the remote program's share from
 * the layer's.
 */
export async function layerUp({ access, remoteFileBytes: bytes }: MicroSetting): Promise<MicroCase> {
  const { client, connection } = await openClient(access);
  const timed = timer(bytes);
  return {
    title: "scp layer over ssh2, upload",
    unit: "GB/s",
    variants: [
      { name: "scp layer", run: () => timed((count) => uploadFile(connection, bytes, count)) },
      { name: "raw channel", run: () => timed((count) => writeRaw(client, "cat > /dev/null", bytes, count)) },
      { name: "scp by hand", run: () => timed((count) => writeScpByHand(client, bytes, count)) },
    ],
    close: () => connection.close(),
  };
}

type Count = (bytes: number) => void;

function timer(bytes: number): (work: (count: Count) => Promise<unknown>) => Promise<number> {
  return async (work) => {
    let counted = 0;
    const start = performance.now();
    await work((more) => {
      counted += more;
    });
    const rate = gigabytesPerSecond(bytes, start);
    if (counted !== bytes) throw new Error(`${counted} bytes passed instead of ${bytes}`);
    return rate;
  };
}

async function openClient(access: ClientAccess): Promise<{ client: Client; connection: Ssh2Connection }> {
  const client = new ssh2.Client();
  client.connect({
    host: access.hostname,
    port: access.port,
    username: access.user,
    privateKey: readFileSync(access.identityFile),
  });
  await once(client, "ready");
  client.setNoDelay(true);
  return { client, connection: wrapClient(client) };
}

function counter(count: Count): WritableStream<Uint8Array> {
  return new WritableStream({ write: ({ length }) => count(length) });
}

async function downloadFile(connection: Ssh2Connection, path: string, count: Count): Promise<void> {
  const target: ScpTarget = { file: () => counter(count) };
  await download(connection, path, target, { acceptName: ({ text }) => text === basename(path) });
}

async function readStream(connection: Ssh2Connection, command: string, count: Count): Promise<void> {
  const channel = await connection.exec(command);
  await channel.readable.pipeTo(counter(count));
  await channel.close();
}

async function readRaw(client: Client, command: string, count: Count): Promise<void> {
  const channel = await exec(client, command);
  channel.on("data", (data: Buffer) => count(data.length));
  await once(channel, "close");
}

async function uploadFile(connection: Ssh2Connection, bytes: number, count: Count): Promise<void> {
  let left = bytes;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      left -= chunk.length;
      count(chunk.length);
      controller.enqueue(chunk);
      if (left === 0) controller.close();
    },
  });
  const file: ScpFileEntry = { type: "file", name: "null", mode: 0o644, size: bytes, open: () => body };
  await upload(connection, "/dev/null", [file], { recursive: false });
}

async function writeRaw(client: Client, command: string, bytes: number, count: Count): Promise<void> {
  const channel = await exec(client, command);
  channel.resume();
  await writeBody(channel, bytes, count);
  channel.end();
  await once(channel, "close");
}

async function writeScpByHand(client: Client, bytes: number, count: Count): Promise<void> {
  const channel = await exec(client, "scp -t /dev/null");
  const reply = async (): Promise<void> => {
    const [data] = await once(channel, "data");
    if (data[0] !== 0) throw new Error(`scp -t answered ${data}`);
  };
  await reply();
  channel.write(`C0644 ${bytes} null\n`);
  await reply();
  await writeBody(channel, bytes, count);
  channel.write("\0");
  await reply();
  channel.end();
  await once(channel, "close");
}

async function writeBody(channel: ClientChannel, bytes: number, count: Count): Promise<void> {
  for (let left = bytes; left > 0; left -= chunk.length) {
    count(chunk.length);
    if (!channel.write(chunk)) await once(channel, "drain");
  }
}

function exec(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      channel.stderr.resume();
      resolve(channel);
    });
  });
}
