import type { TestContext } from "node:test";
import type { ScpSessionChannel, ScpTransport } from "@scpkit/core";
import { connect } from "@scpkit/ssh2";
import { generateHostKey, isAuthorizedKey, startSshServer } from "@scpkit/ssh2/server";
import { createWiredCommand } from "./faults/wire.ts";

/** Between the two sides: nothing, or a real SSH connection over loopback. */
export type ArenaKind = "in memory" | "over SSH";

/** Both of them. */
export const arenas: readonly ArenaKind[] = ["in memory", "over SSH"];

/** Answers a command. What it throws is of no interest: its client is what a test looks at. */
export type ArenaServer = (command: string, channel: ScpSessionChannel) => unknown;

/** A transport whose commands `serve` answers. It goes with the test. */
export async function openArena(t: TestContext, kind: ArenaKind, serve: ArenaServer): Promise<ScpTransport> {
  const answer = async (command: string, channel: ScpSessionChannel): Promise<void> => {
    try {
      await serve(command, channel);
    } catch {
      await channel.exit(1);
    }
  };
  if (kind === "in memory") {
    return {
      async exec(command) {
        const { client, server } = createWiredCommand();
        void answer(command, server);
        return client;
      },
    };
  }
  const [hostKey, clientKey] = [generateHostKey(), generateHostKey()];
  const server = await startSshServer({
    hostKeys: [hostKey.privateKey],
    authenticate: (attempt) =>
      attempt.method === "publickey" && isAuthorizedKey(attempt.publicKey, clientKey.publicKey) ? {} : undefined,
    exec:
      ({ command }) =>
      (channel) =>
        answer(command, channel),
  });
  t.after(() => server.close({ deadlineMs: 0 }));
  const connection = await connect({
    host: "127.0.0.1",
    port: server.port,
    username: "ann",
    auth: [{ type: "private-key", key: clientKey.privateKey }],
    verifyHostKey: () => true,
  });
  t.after(() => connection.close());
  return connection;
}

/** What a peer that follows a script says next: text with one character for each byte. */
export type Lines = string | (() => Iterable<string>);

/** A server that says the same whatever it hears, without waiting for answers, then ends with status 0. */
export function recite(said: Lines): ArenaServer {
  return async (_, channel) => {
    const heard = channel.readable.pipeTo(new WritableStream()).catch(() => {});
    const writer = channel.writable.getWriter();
    writer.closed.catch(() => {});
    try {
      for (const text of typeof said === "string" ? [said] : said()) await writer.write(Buffer.from(text, "latin1"));
      await writer.close();
    } catch {
      // The client has had enough.
    }
    await channel.exit(0);
    await heard;
  };
}

/** What a server answered to a client that follows a script, and how its command ended. */
export interface Answer {
  /** One character for each byte. */
  readonly text: string;
  readonly stderr: string;
  readonly code: number | undefined;
}

/** A client that says the same whatever it hears. Reads to the end; what it is told goes nowhere. */
export async function say(transport: ScpTransport, command: string, said: Lines, keep = 4096): Promise<Answer> {
  await using channel = await transport.exec(command);
  const read = async (readable: ReadableStream<Uint8Array>): Promise<string> => {
    let text = "";
    try {
      for await (const chunk of readable) if (text.length < keep) text += Buffer.from(chunk).toString("latin1");
    } catch {
      // The server has had enough.
    }
    return text;
  };
  const [text, stderr] = [read(channel.readable), read(channel.stderr)];
  const writer = channel.writable.getWriter();
  writer.closed.catch(() => {});
  try {
    for (const each of typeof said === "string" ? [said] : said()) await writer.write(Buffer.from(each, "latin1"));
    await writer.close();
  } catch {
    // The server has had enough.
  }
  const answer = await text;
  const { code } = await channel.closed;
  return { text: answer, stderr: await stderr, code };
}
