import { joinBytes } from "@scpkit/channel";
import type { CopySession, RemoteOperand } from "./copy-session.ts";
import { checkUserName } from "./operand.ts";

/**
 * `-R`: has the source's host run scp towards the target. The target is for that host's scp to reach: nothing of this side's
 * configuration, port or keys goes there. As in OpenSSH both paths are left to the shell of the source's host.
 */
export async function runDirect(session: CopySession, source: RemoteOperand, target: RemoteOperand): Promise<void> {
  if (target.port !== undefined) {
    throw new Error("A port for the target cannot be given with -R: the source's host connects to it");
  }
  if (target.user !== undefined) checkUserName(target.user);
  const { verbosity, recursive, preserve, targetIsDirectory } = session.options;
  const flags = `${verbosity > 0 ? " -v" : ""}${recursive ? " -r" : ""}${preserve ? " -p" : ""}${targetIsDirectory ? " -d" : ""}`;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  const to = `${target.user === undefined ? "" : `${target.user}@`}${host}:${target.path}`;
  const guard = source.path.startsWith("-") || to.startsWith("-") ? " --" : "";
  const transport = await session.transportFor(source);
  await using channel = await transport.exec(`scp${flags}${guard} ${source.path} ${to}`, { signal: session.signal });
  await channel.writable.close();
  await Promise.all([collect(channel.readable, session.onStderr), collect(channel.stderr, session.onStderr)]);
  const { code, signal } = await channel.closed;
  if (code !== 0) {
    const how = signal === undefined ? `with status ${code ?? "unknown"}` : `by signal ${signal}`;
    throw new Error(`The copy from ${source.host} to ${target.host} ended ${how}`);
  }
}

/** Passes whole lines on: two streams write to one terminal. */
async function collect(readable: ReadableStream<Uint8Array>, onLine: (bytes: Uint8Array) => void): Promise<void> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of readable) {
    rest = joinBytes([rest, chunk]);
    const end = rest.lastIndexOf(0x0a) + 1;
    if (end > 0) onLine(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  if (rest.byteLength > 0) onLine(rest);
}
