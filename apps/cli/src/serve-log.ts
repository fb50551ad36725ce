import { escapeText } from "@scpkit/codec";
import { describeForPeer, type ScpServerEvent } from "@scpkit/server";
import type { Ssh2LoginAttempt } from "@scpkit/ssh2";

/** Who is logged in. */
export interface ServedUser {
  readonly username: string;
  readonly remoteAddress: string | undefined;
}

/** The access log of `scpkit serve`: one line per login and per transfer, whatever names the client made up. */
export class ServeLog {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  login(attempt: Ssh2LoginAttempt, accepted: boolean): void {
    this.#line(attempt, accepted ? "key accepted" : "login refused");
  }

  /** Told of everything that happens in the sessions. */
  readonly observe = (event: ScpServerEvent<ServedUser>): void => {
    const { request } = event;
    const what = `${request.direction} ${request.command.paths.map(quoted).join(" ")}`;
    if (event.type === "transfer" && event.event.type === "failure") {
      const { path, error } = event.event.failure;
      this.#line(request.session, `${what}: ${describeForPeer(error, path)}`);
    } else if (event.type === "session-end") {
      const { summary, exitCode, error } = event.outcome;
      const result = exitCode === 0 ? "done" : `failed: ${wordsOf(error)}`;
      const { files, directories, bytes } = summary;
      const seconds = (event.durationMs / 1000).toFixed(1);
      const counts = `${files} files, ${directories} directories, ${bytes} bytes in ${seconds} s`;
      this.#line(request.session, `${what}: ${counts}, ${result}`);
    }
  };

  /** What went wrong with a connection. */
  error(error: unknown): void {
    this.#write(`${new Date().toISOString()} ${escapeText(wordsOf(error))}`);
  }

  #line({ username, remoteAddress }: ServedUser, text: string): void {
    const who = `${quoted(username)} ${remoteAddress ?? "unknown"}`;
    this.#write(`${new Date().toISOString()} ${who} ${escapeText(text)}`);
  }
}

/** Bare where no reader of the log could take it for something else. */
function quoted(text: string): string {
  return /^[\w./~@%+=:,-]+$/.test(text) ? text : JSON.stringify(text);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
