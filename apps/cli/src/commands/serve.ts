import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { escapeText } from "@scpkit/codec";
import { createFsTarget, createShellFiles, walk } from "@scpkit/fs";
import { readPrivateKeyFile, readTrustedFile, StrictModesError } from "@scpkit/openssh";
import { createScpServer, type ScpServer } from "@scpkit/server";
import { generateHostKey, type RunningSshServer, startSshServer } from "@scpkit/ssh2/server";
import { subcommandHelp } from "../command-line/subcommand-line.ts";
import { findSubcommand } from "../command-line/subcommand-table.ts";
import { errorText } from "../report/error-text.ts";
import { expandHome } from "./serve-home.ts";
import { type ServedUser, ServeLog } from "./serve-log.ts";
import { logInServed } from "./serve-login.ts";
import { parseServeOptions, type ServeOptions } from "./serve-options.ts";

/** Time that active transfers have to finish at the end, in ms. */
const graceMs = 10_000;

/**
 * `scpkit serve DIR`: runs an SSH server for scp only, confined to one directory, until SIGINT or SIGTERM. Active transfers
 * then have ten seconds to finish. A second signal ends them.
 *
 * @returns the exit status
 */
export async function runServe(argv: readonly string[]): Promise<number> {
  let options: Awaited<ReturnType<typeof parseServeOptions>>;
  try {
    options = await parseServeOptions(argv);
  } catch (error) {
    process.stderr.write(`scpkit serve: ${escapeText(errorText(error))}\nhint: scpkit serve --help\n`);
    return 1;
  }
  if (options.type === "help") {
    process.stdout.write(subcommandHelp(findSubcommand("serve"), "scpkit"));
    return 0;
  }
  try {
    await serve(options);
    return 0;
  } catch (error) {
    process.stderr.write(`scpkit serve: ${escapeText(errorText(error))}\n`);
    if (error instanceof StrictModesError) process.stderr.write(`hint: ${escapeText(error.hint)}\n`);
    return 1;
  }
}

async function serve(options: ServeOptions): Promise<void> {
  const log = new ServeLog((line) => void process.stdout.write(`${line}\n`));
  if (!(await stat(options.directory)).isDirectory()) throw new Error(`${options.directory} is not a directory`);
  const { strictModes = true, ...sshd } = options.sshd;
  const readKeys = async (): Promise<string> =>
    new TextDecoder().decode(await (strictModes ? readTrustedFile : readFile)(options.authorizedKeys));
  await readKeys();
  const hostKey =
    options.hostKey === undefined
      ? generateHostKey().privateKey
      : await (strictModes ? readPrivateKeyFile : readFile)(options.hostKey);
  // Installed before clients can connect, so that no signal is lost.
  const signals = new Signals();
  // Its real path stays on this side: a download of the whole is named after the directory as the user wrote it.
  const root = resolve(options.directory);
  const scp = serveDirectory(root, options, log);
  const server = await startSshServer<ServedUser>({
    ...sshd,
    host: options.host,
    port: options.port,
    hostKeys: [hostKey],
    async authenticate(attempt) {
      const user = await logInServed(attempt, { users: options.users, readKeys });
      log.login(attempt, user !== undefined);
      return user;
    },
    exec: (request) => scp.handler(request.command, request),
    ...(options.winscp && { shell: (request) => (channel) => scp.serveShell(channel, request) }),
    onDrop: log.dropped,
    onError: (error) => log.error(error),
  });
  for (const line of greeting(root, options, server)) log.print(line);
  await signals.first;
  log.print("Ending; active transfers have ten seconds to finish");
  await Promise.race([shutDown(scp, server, graceMs), signals.second.then(() => shutDown(scp, server, 0))]);
  signals.release();
}

function serveDirectory(root: string, options: ServeOptions, log: ServeLog): ScpServer<ServedUser> {
  return createScpServer<ServedUser>({
    ...(options.uploads && {
      target: ({ command: { preserve, targetIsDirectory, patterns }, session, signal }, path) => {
        const options = { root, preserve, targetIsDirectory, signal };
        return createFsTarget(expandHome(path, patterns[0] === true, session.username), options);
      },
    }),
    ...(options.downloads && {
      entries: ({ command: { recursive, patterns }, session, signal }, path, index) =>
        walk(expandHome(path, patterns[index] === true, session.username), { root, recursive, signal }),
    }),
    shell: {
      files: (_, signal) =>
        options.uploads ? createShellFiles(root, { signal }) : createShellFiles(root, { readOnly: true, signal }),
      user: options.users[0],
      group: "scpkit",
    },
    limits: { maxDepth: options.maxDepth },
    onEvent: log.observe,
  });
}

async function shutDown(scp: ScpServer<ServedUser>, server: RunningSshServer, deadlineMs: number): Promise<void> {
  // The connections stay open a little longer, so that ended sessions can still send their error.
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
    `Serving ${root} on ${at} port ${port}${what}`,
    ...keys,
    `Try: scpkit -P ${port} ${sample}`,
    `or:  scp -O -P ${port} ${sample}`,
  ];
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves with the first and with the second signal that ends this process. */
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
