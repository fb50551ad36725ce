import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { currentUser } from "@scpkit/openssh";
import { readSshdOptions, type SshdOptions } from "./serve-sshd-options.ts";

/** What `scpkit serve` was asked to do. */
export interface ServeOptions {
  readonly type: "serve";
  readonly directory: string;
  readonly host: string;
  /** 0: any that is free. */
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
  /** What `-o` and `--max-connections` set. */
  readonly sshd: SshdOptions;
}

/** The help of `scpkit serve`. */
export const serveHelp: string = `Usage: scpkit serve [options] DIR

Lets scp clients copy to and from DIR, and nowhere else, until it is interrupted. Clients log in with a key, see DIR as /,
and can run nothing but scp. OpenSSH's scp needs -O, PuTTY's pscp -scp.

  --port N                 port to listen on (default: any that is free)
  --host ADDR              address to listen on (default: 127.0.0.1, which only this machine reaches)
  --host-key FILE          the server's private key, without a passphrase (default: a new one for this run)
  --authorized-keys FILE   keys that may log in, one per line (default: ~/.ssh/authorized_keys)
  --user NAME              a name that may log in; may be repeated (default: yours)
  --read-only              no uploads
  --write-only             no downloads
  --winscp                 WinSCP's SCP mode too: what may log in then may list DIR, and without --read-only
                           also make, rename and remove files and change their modes
  --max-connections N      connections at the same time; one too many is dropped (default: 128)
  -o KEYWORD=VALUE         an option as in sshd_config(5); may be repeated. The keywords are:
                           Ciphers, HostKeyAlgorithms, KexAlgorithms, MACs, MaxStartups, PerSourceMaxStartups,
                           PubkeyAcceptedAlgorithms, StrictModes
  --help                   this text

Old clients may need  -o KexAlgorithms=+diffie-hellman-group14-sha1 -o HostKeyAlgorithms=+ssh-rsa
-o PubkeyAcceptedAlgorithms=+ssh-rsa  and an RSA key as --host-key.

Standard output has one line for every login and every transfer, and for the first failures of a transfer.
`;

/**
 * Reads the words after `serve`.
 *
 * @throws {Error} an option is unknown, has a bad value or contradicts another one
 */
export async function parseServeOptions(argv: readonly string[]): Promise<ServeOptions | { readonly type: "help" }> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      "host-key": { type: "string" },
      "authorized-keys": { type: "string" },
      user: { type: "string", multiple: true },
      "read-only": { type: "boolean" },
      "write-only": { type: "boolean" },
      winscp: { type: "boolean" },
      "max-connections": { type: "string" },
      option: { type: "string", short: "o", multiple: true },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return { type: "help" };
  const [directory, ...rest] = positionals;
  if (directory === undefined) throw new Error("The directory to serve is missing");
  if (rest.length > 0) throw new Error("Only one directory can be served");
  if (values["read-only"] && values["write-only"]) throw new Error("--read-only and --write-only leave nothing to do");
  if (values.winscp && values["write-only"]) throw new Error("--winscp shows what is there: leave out --write-only");
  return {
    type: "serve",
    directory,
    host: values.host ?? "127.0.0.1",
    port: parsePort(values.port ?? "0"),
    hostKey: values["host-key"],
    authorizedKeys: values["authorized-keys"] ?? join(homedir(), ".ssh", "authorized_keys"),
    users: values.user ?? [(await currentUser()).name],
    uploads: values["read-only"] !== true,
    downloads: values["write-only"] !== true,
    winscp: values.winscp === true,
    sshd: { ...readSshdOptions(values.option ?? []), maxConnections: parseCount(values["max-connections"] ?? "128") },
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
