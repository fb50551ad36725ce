import { readFile, realpath, stat } from "node:fs/promises";
import { escapeText } from "@scpkit/codec";
import { createFsTarget, createShellFiles, walk } from "@scpkit/fs";
import { createScpServer, type ScpServer } from "@scpkit/server";
import { generateHostKey, isAuthorizedKey, type RunningSshServer, startSshServer } from "@scpkit/ssh2";
import { type ServedUser, ServeLog } from "./serve-log.ts";
import { parseServeOptions, type ServeOptions, serveHelp } from "./serve-options.ts";

/** Milliseconds that transfers under way have at the end. */
const graceMs = 10_000;

/**
 * `scpkit serve DIR`: an SSH server for scp alone, confined to one directory, until SIGINT or SIGTERM. Transfers under way
 * may then finish for ten seconds; a second signal cuts them.
 *
 * @returns the exit status
 */
export async function runServe(argv: readonly string[]): Promise<number> {
  let options: Awaited<ReturnType<typeof parseServeOptions>>;
  try {
    options = await parseServeOptions(argv);
  } catch (error) {
    process.stderr.write(`scpkit serve: ${wordsOf(error)}\nhint: scpkit serve --help\n`);
    return 1;
  }
  if (options.type === "help") {
    process.stdout.write(serveHelp);
    return 0;
  }
  try {
    await serve(options);
    return 0;
  } catch (error) {
    process.stderr.write(`scpkit serve: ${wordsOf(error)}\n`);
    return 1;
  }
}

async function serve(options: ServeOptions): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const log = new ServeLog(say);
  const root = await realpath(options.directory);
  if (!(await stat(root)).isDirectory()) throw new Error(`${options.directory} is not a directory`);
  await readFile(options.authorizedKeys);
  const hostKey = options.hostKey === undefined ? generateHostKey().privateKey : await readFile(options.hostKey);
  // Before anybody can connect: a signal that comes now must not be lost.
  const signals = new Signals();
  const scp = serveDirectory(root, options, log);
  const server = await startSshServer<ServedUser>({
    host: options.host,
    port: options.port,
    hostKeys: [hostKey],
    async authenticate(attempt) {
      const { username, remoteAddress } = attempt;
      const known = attempt.method === "publickey" && options.users.includes(username);
      const accepted = known && isAuthorizedKey(attempt.publicKey, await readFile(options.authorizedKeys, "utf8"));
      log.login(attempt, accepted);
      return accepted ? { username, remoteAddress } : undefined;
    },
    exec: (request) => scp.handler(request.command, request),
    ...(options.winscp && { shell: (request) => (channel) => scp.serveShell(channel, request) }),
    onError: (error) => log.error(error),
  });
  for (const line of greeting(root, options, server)) say(line);
  await signals.first;
  say("Ending; transfers under way have ten seconds");
  await Promise.race([shutDown(scp, server, graceMs), signals.second.then(() => shutDown(scp, server, 0))]);
  signals.release();
}

function serveDirectory(root: string, options: ServeOptions, log: ServeLog): ScpServer<ServedUser> {
  return createScpServer<ServedUser>({
    ...(options.uploads && {
      target: ({ command: { preserve, targetIsDirectory }, signal }, path) =>
        createFsTarget(path, { root, preserve, targetIsDirectory, signal }),
    }),
    ...(options.downloads && {
      entries: ({ command: { recursive }, signal }, path) => walk(path, { root, recursive, signal }),
    }),
    shell: {
      files: (_, signal) =>
        options.uploads ? createShellFiles(root, { signal }) : createShellFiles(root, { readOnly: true, signal }),
      user: options.users[0],
      group: "scpkit",
    },
    onEvent: log.observe,
  });
}

async function shutDown(scp: ScpServer<ServedUser>, server: RunningSshServer, deadlineMs: number): Promise<void> {
  // The connections outlive the sessions a little, so that those that are cut can still be told.
  await Promise.all([scp.shutdown({ deadlineMs }), server.close({ deadlineMs: deadlineMs + 500 })]);
}

function greeting(root: string, options: ServeOptions, server: RunningSshServer): string[] {
  const { host, port } = server;
  const at = host.includes(":") ? `[${host}]` : host;
  const user = options.users[0] ?? "";
  const what = options.uploads ? (options.downloads ? "" : ", write-only") : ", read-only";
  const keys = server.hostKeys.flatMap(({ type, fingerprint, blob }) => [
    `Host key ${type} ${fingerprint}`,
    `For known_hosts: [${host}]:${port} ${type} ${Buffer.from(blob).toString("base64")}`,
  ]);
  const sample = options.uploads ? `FILE ${user}@${at}:` : `${user}@${at}:FILE .`;
  return [
    `Serving ${escapeText(root)} on ${at} port ${port}${what}`,
    ...keys,
    `Try: scpkit -P ${port} ${sample}`,
    `or:  scp -O -P ${port} ${sample}`,
  ];
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The first and the second signal that ask this process to end. */
class Signals {
  readonly first: Promise<void>;
  readonly second: Promise<void>;
  readonly #resolvers: (() => void)[] = [];
  readonly #onSignal = (): void => this.#resolvers.shift()?.();

  constructor() {
    this.first = new Promise((resolve) => this.#resolvers.push(resolve));
    this.second = new Promise((resolve) => this.#resolvers.push(resolve));
    for (const signal of endingSignals) process.on(signal, this.#onSignal);
  }

  release(): void {
    for (const signal of endingSignals) process.off(signal, this.#onSignal);
  }
}

function wordsOf(error: unknown): string {
  return escapeText(error instanceof Error ? error.message : String(error));
}
