import { readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import { basename } from "node:path";
import { createName, encodeRecord, encodeReply, type ScpReply, ScpReplyDecoder } from "@scpkit/codec";

/**
 * Sends files to a program that listens on loopback: what `scp -f` does, without directories.
 *
 * @returns what the other side had against some of them
 */
export async function sendFiles(port: number, paths: readonly string[]): Promise<readonly string[]> {
  const socket = connect(port, "127.0.0.1");
  const replies = repliesOf(socket);
  const complaints: string[] = [];
  /** Whether the other side agreed. */
  const agreed = async (): Promise<boolean> => {
    const { value: reply } = await replies.next();
    if (reply === undefined) throw new Error("The other side has gone");
    if (reply.type === "fatal") throw new Error(reply.message);
    if (reply.type === "warning") complaints.push(reply.message);
    return reply.type === "ok";
  };
  await agreed();
  for (const path of paths) {
    const { mode, size, mtimeMs, atimeMs } = await stat(path);
    socket.write(encodeRecord({ type: "times", mtimeMs, atimeMs }));
    await agreed();
    socket.write(encodeRecord({ type: "file", mode: mode & 0o777, size, name: createName(basename(path)) }));
    // Not a byte of the body before the record was accepted.
    if (!(await agreed())) continue;
    socket.write(await readFile(path));
    socket.write(encodeReply({ type: "ok" }));
    await agreed();
  }
  socket.end();
  await replies.next();
  return complaints;
}

async function* repliesOf(socket: AsyncIterable<Uint8Array>): AsyncGenerator<ScpReply, undefined, void> {
  const decoder = new ScpReplyDecoder();
  for await (const chunk of socket) {
    decoder.push(chunk);
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) yield reply;
  }
  decoder.end();
  return undefined;
}
