import { parseCommand, type ScpParsedCommand } from "@scpkit/codec";
import type { ScpSessionChannel } from "@scpkit/core";
import type { ScpServeOptions, ScpServeOutcome, ScpSessionOption } from "./serve-options.ts";
import { runSession } from "./session/run-session.ts";

/**
 * Answers one scp command over a session channel and sends the exit status. The channel can be an exec request of an
 * SSH server, the standard streams of this process if an SSH server runs it as `scp`, or one side of a pair in memory.
 *
 * If the command is not an scp command, the channel is not used and the caller still owns it. Otherwise the channel is
 * closed at the end. No program is run: the command line is only parsed, and the embedder's handlers get each path as
 * the client wrote it.
 *
 * Never rejects. Errors of the peer, failures and errors of handlers are in the outcome. They are reported to the
 * client as in OpenSSH:
 * - an error line in place of the first acknowledgement if the command cannot begin (`scp: ambiguous target`),
 * - an error line for each entry that fails, and exit status 1,
 * - a line on standard error for errors that occur too late for the protocol: a directory whose mode or times could not
 *   be set.
 *
 * Unlike in OpenSSH, nothing is sent to a client that opens a download with an error instead of an acknowledgement.
 */
export async function serveCommand<S = undefined>(
  command: string | ScpParsedCommand,
  channel: ScpSessionChannel,
  options: ScpServeOptions<S> & ScpSessionOption<S>,
): Promise<ScpServeOutcome> {
  const parsed = typeof command === "string" ? parseCommand(command) : command;
  return parsed === undefined ? { handled: false } : await runSession(parsed, channel, options);
}
