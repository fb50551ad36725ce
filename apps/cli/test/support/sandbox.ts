import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one test with a home, a configuration for ssh, and files. */
export interface Sandbox {
  readonly folder: string;
  /** Path of the file given with `-F`. */
  readonly config: string;
  readonly knownHosts: string;
  path(name: string): string;
  /** Writes a file, folders on the way included, and returns its path. */
  write(name: string, content: string | Uint8Array, mode?: number): string;
  read(name: string): string;
  remove(): void;
}

/** A host as the sandbox's configuration has it. */
export interface ConfiguredHost {
  readonly port: number;
  /** @default 127.0.0.1 */
  readonly hostName?: string;
  /** What known_hosts has for it: type and base64. Absent: nothing. */
  readonly hostKey?: string;
  /** The identity file. Absent: none. */
  readonly key?: string;
  /** Further lines. */
  readonly lines?: readonly string[];
}

/** @param hosts by alias */
export function createSandbox(hosts: Readonly<Record<string, ConfiguredHost>> = {}): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), "scpkit-cli-"));
  const path = (name: string): string => join(folder, name);
  const knownHosts = path("known_hosts");
  const config = path("ssh_config");
  const lines: string[] = [];
  const known: string[] = [];
  for (const [alias, { port, hostName = "127.0.0.1", hostKey, key, lines: more = [] }] of Object.entries(hosts)) {
    lines.push(`Host ${alias}`, `HostName ${hostName}`, `Port ${port}`, ...more);
    lines.push(key === undefined ? "IdentityFile none" : `IdentityFile ${key}`);
    if (hostKey !== undefined) known.push(`[${hostName}]:${port} ${hostKey}`);
  }
  lines.push("Host *", `UserKnownHostsFile ${knownHosts}`, "GlobalKnownHostsFile /dev/null", "IdentityAgent none");
  writeFileSync(config, `${lines.join("\n")}\n`);
  writeFileSync(knownHosts, known.map((line) => `${line}\n`).join(""));
  return {
    folder,
    config,
    knownHosts,
    path,
    write: (name, content, mode) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content, mode === undefined ? {} : { mode });
      return path(name);
    },
    read: (name) => readFileSync(path(name), "utf8"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
