import { escapeText } from "@scpkit/codec";
import { describeForPeer, type ScpServeRequest, type ScpServerEvent } from "@scpkit/server";
import type { Ssh2DroppedConnection, Ssh2LoginAttempt } from "@scpkit/ssh2/server";
import { errorText } from "../report/error-text.ts";

/** Who is logged in. */
export interface ServedUser {
  readonly username: string;
  readonly remoteAddress: string | undefined;
}

/** Failures of one transfer that get a line of their own. */
const maxFailureLines = 20;
/** Paths of one command that a line names. */
const maxPaths = 5;
/** Characters of a name or path in a line. */
const maxNameLength = 200;
/** Dropped connections get one line in so many ms. */
const dropPeriodMs = 1000;

/**
 * The access log of `scpkit serve`: one line for a login, a transfer, and each of the first failures of a transfer. What a client
 * makes up neither ends a line, nor moves the cursor, nor makes a line or the number of lines grow without bound.
 */
export class ServeLog {
  readonly #write: (line: string) => void;
  readonly #failures = new WeakMap<ScpServeRequest<ServedUser>, number>();
  #dropped = 0;
  #lastDropped: Ssh2DroppedConnection | undefined;
  #dropTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param write takes a line without its newline, safe to show */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Writes a line without a time, as at the start and the end. */
  print(text: string): void {
    this.#write(escapeText(text));
  }

  /** Logs the result of a login attempt. */
  login(attempt: Ssh2LoginAttempt, accepted: boolean): void {
    this.#userLine(attempt, accepted ? "key accepted" : "login refused");
  }

  /** Records a connection that was dropped: the first at once, those of the next second in one line. */
  readonly dropped = (connection: Ssh2DroppedConnection): void => {
    this.#dropped += 1;
    this.#lastDropped = connection;
    if (this.#dropTimer === undefined) this.#writeDropped();
  };

  /** Logs the events of the sessions. */
  readonly observe = (event: ScpServerEvent<ServedUser>): void => {
    const { request } = event;
    if (event.type === "transfer" && event.event.type === "failure") {
      const count = (this.#failures.get(request) ?? 0) + 1;
      this.#failures.set(request, count);
      if (count > maxFailureLines) return;
      const { path, error } = event.event.failure;
      this.#userLine(request.session, `${commandOf(request)}: ${describeForPeer(error, shortened(path))}`);
    } else if (event.type === "session-end") {
      const { summary, exitCode, error } = event.outcome;
      const result = exitCode === 0 ? "done" : `failed: ${errorText(error)}`;
      const { files, directories, bytes } = summary;
      const seconds = (event.durationMs / 1000).toFixed(1);
      const counts = `${files} files, ${directories} directories, ${bytes} bytes in ${seconds} s`;
      const unlogged = (this.#failures.get(request) ?? 0) - maxFailureLines;
      const more = unlogged > 0 ? `${unlogged} more failures, ` : "";
      this.#userLine(request.session, `${commandOf(request)}: ${counts}, ${more}${result}`);
    }
  };

  /** Logs an error of a connection. */
  error(error: unknown): void {
    this.#line(errorText(error));
  }

  #writeDropped(): void {
    this.#dropTimer = undefined;
    const last = this.#lastDropped;
    if (last === undefined) return;
    const count = this.#dropped === 1 ? "a connection" : `${this.#dropped} connections`;
    const from = `${this.#dropped === 1 ? "" : "the last "}from ${last.remoteAddress ?? "unknown"}`;
    this.#line(`${count} dropped, ${from}: ${reasons[last.reason]}`);
    this.#dropped = 0;
    this.#lastDropped = undefined;
    this.#dropTimer = setTimeout(() => this.#writeDropped(), dropPeriodMs);
    // The timer of the log must not keep the process alive.
    this.#dropTimer.unref();
  }

  #userLine({ username, remoteAddress }: ServedUser, text: string): void {
    this.#line(`${quoted(username)} ${remoteAddress ?? "unknown"} ${text}`);
  }

  #line(text: string): void {
    this.#write(escapeText(`${new Date().toISOString()} ${text}`));
  }
}

const reasons: Readonly<Record<Ssh2DroppedConnection["reason"], string>> = {
  maxConnections: "too many connections",
  maxStartups: "too many connections that have not logged in",
  maxStartupsPerAddress: "too many connections of one address that have not logged in",
};

function commandOf({ direction, command: { paths } }: ScpServeRequest<ServedUser>): string {
  const named = paths.slice(0, maxPaths).map(quoted);
  if (paths.length > maxPaths) named.push(`and ${paths.length - maxPaths} more`);
  return [direction, ...named].join(" ");
}

/** Returns `text` in quotes, unless it is unambiguous without them. */
function quoted(text: string): string {
  const short = shortened(text);
  return /^[\w./~@%+=:,-]+$/.test(short) ? short : JSON.stringify(short);
}

function shortened(text: string): string {
  return text.length > maxNameLength ? `${text.slice(0, maxNameLength).toWellFormed()}…` : text;
}
