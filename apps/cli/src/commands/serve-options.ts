import { homedir } from "node:os";
import { join } from "node:path";
import { currentUser } from "@scpkit/openssh";
import { readSubcommandLine } from "../command-line/subcommand-line.ts";
import { readSshdOptions, type SshdOptions } from "./serve-sshd-options.ts";

/** What `scpkit serve` was asked to do. */
export interface ServeOptions {
  readonly type: "serve";
  readonly directory: string;
  readonly host: string;
  /** 0: a free port. */
  readonly port: number;
  /** Private key file; absent: a key for this run. */
  readonly hostKey: string | undefined;
  readonly authorizedKeys: string;
  /** Names that may log in. */
  readonly users: readonly string[];
  readonly uploads: boolean;
  readonly downloads: boolean;
  /** Answer the shell that WinSCP opens in SCP mode. */
  readonly winscp: boolean;
  /** Levels of directories that one upload may create. */
  readonly maxDepth: number;
  /** What `-o` and `--max-connections` set. */
  readonly sshd: SshdOptions;
}

/**
 * Reads the words after `serve`.
 *
 * @throws {Error} an option is unknown, has a bad value or contradicts another one
 */
export async function parseServeOptions(argv: readonly string[]): Promise<ServeOptions | { readonly type: "help" }> {
  const line = readSubcommandLine("serve", argv);
  if (line.has("--help")) return { type: "help" };
  const [directory, ...rest] = line.operands;
  if (directory === undefined) throw new Error("The directory to serve is missing");
  if (rest.length > 0) throw new Error("Only one directory can be served");
  const [readOnly, writeOnly, winscp] = [line.has("--read-only"), line.has("--write-only"), line.has("--winscp")];
  if (readOnly && writeOnly) throw new Error("--read-only and --write-only cannot be combined");
  if (winscp && writeOnly) throw new Error("--winscp lists files and cannot be combined with --write-only");
  return {
    type: "serve",
    directory,
    host: line.last("--host") ?? "127.0.0.1",
    port: parsePort(line.last("--port") ?? "0"),
    hostKey: line.last("--host-key"),
    authorizedKeys: line.last("--authorized-keys") ?? join(homedir(), ".ssh", "authorized_keys"),
    users: line.has("--user") ? line.all("--user") : [(await currentUser()).name],
    uploads: !readOnly,
    downloads: !writeOnly,
    winscp,
    maxDepth: parseCount(line.last("--max-depth") ?? "256"),
    sshd: {
      ...readSshdOptions(line.all("-o")),
      maxConnections: parseCount(line.last("--max-connections") ?? "128"),
    },
  };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535)) throw new Error(`Expected a port from 0 to 65535, got ${JSON.stringify(text)}`);
  return port;
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`Expected a number from 1, got ${JSON.stringify(text)}`);
  return Number(text);
}
