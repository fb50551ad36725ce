import { lookup } from "node:dns/promises";
import { dirname } from "node:path";
import { buildResolvedHost } from "./build-resolved-host.ts";
import { canonicalAddress, canonicalizeHost } from "./canonical-host.ts";
import { connectionTokens } from "./connection-tokens.ts";
import { loginUser } from "./login-user.ts";
import { applyOverride, type ConfigPass, readConfigFile, unreadable } from "./reader/config-reader.ts";
import type { ResolvedHost } from "./resolved-host.ts";
import { checkName } from "./values/check-name.ts";
import { ExpandError, type ExpandTokens, expandTokens } from "./values/expand.ts";
import { expandAt } from "./values/expand-at.ts";
import { parseJumpChain } from "./values/jump-chain.ts";
import { type LocalEnvironment, type LocalSideOptions, localSide } from "./values/local-environment.ts";
import { Settings } from "./values/settings.ts";
import { SshConfigError } from "./values/ssh-config-error.ts";

/** Options of {@link resolveHost}. */
export interface ResolveHostOptions extends LocalSideOptions {
  /**
   * The only configuration file to read (`-F`), or `"none"` to read none.
   *
   * @default `~/.ssh/config`, then `systemConfigFile`; neither needs to exist
   */
  readonly configFile?: string | undefined;
  /** The system's configuration file. @default "/etc/ssh/ssh_config" */
  readonly systemConfigFile?: string | undefined;
  /**
   * Options of the command line, in their order, which precede all files: the text of an `-o` option (`"Port=22"`,
   * `"Port 22"`), or for other options a keyword and its one value, used unchanged (`["IdentityFile", path]` for `-i`).
   */
  readonly overrides?: readonly (string | readonly [keyword: string, value: string])[] | undefined;
  /**
   * Runs the command of a `Match exec` line, tokens expanded, and returns whether it exited with 0. `runMatchExec` does
   * the same as `ssh`. If absent, such blocks are skipped with a warning.
   */
  readonly matchExec?: ((command: string) => Promise<boolean>) | undefined;
  /** Returns whether a host exists, for `CanonicalizeHostname`. @default the system's resolver */
  readonly hostExists?: ((name: string) => Promise<boolean>) | undefined;
}

/**
 * Returns the OpenSSH configuration for `alias`, as `ssh -G` prints it. Overrides come first, then the user's file,
 * then the system's; the first value takes precedence. There is a second pass if `Match final` or
 * `CanonicalizeHostname` requires one.
 *
 * @throws {SshConfigError} if a file, a line or the name is not acceptable
 */
export async function resolveHost(alias: string, options: ResolveHostOptions = {}): Promise<ResolvedHost> {
  checkName("host", alias);
  const local = await localSide(options);
  const settings = new Settings();
  const warnings: string[] = [];
  let wantFinalPass = false;
  const pass = (host: string, final: boolean): ConfigPass => ({
    local,
    settings,
    host,
    alias,
    final,
    tokens: () => tokensSoFar(settings, local, alias, host),
    matchExec: options.matchExec,
    requestFinalPass: () => {
      wantFinalPass = true;
    },
    warn: (message) => {
      if (!warnings.includes(message)) warnings.push(message);
    },
  });
  const first = pass(alias, false);
  for (const override of options.overrides ?? []) {
    applyOverride(first, override);
  }
  // Rejects an invalid name before any command runs.
  const givenUser = settings.value("user");
  if (givenUser !== undefined) checkName("user", givenUser);
  await readFiles(first, options);

  const host = await realHost(settings, alias, options);
  checkName("host", host);
  if (wantFinalPass || isYes(settings.value("canonicalizehostname"))) {
    settings.replace("hostname", [host.replaceAll("%", "%%")], settings.get("hostname")?.origin ?? fallbackOrigin);
    await readFiles(pass(host, true), options);
  }
  const refusal = settings.get("refuseconnection");
  if (refusal !== undefined) {
    throw new SshConfigError("refused", `The configuration refuses ${alias}: ${refusal.values.join(" ")}`, {
      ...refusal.origin,
      hint: "Remove RefuseConnection for this host",
    });
  }
  return buildResolvedHost({ alias, hostName: host, settings, local, warnings });
}

const fallbackOrigin = { file: "command-line", line: 0 };

async function readFiles(pass: ConfigPass, options: ResolveHostOptions): Promise<void> {
  const userFolder = `${pass.local.home}/.ssh`;
  const { configFile, systemConfigFile = "/etc/ssh/ssh_config" } = options;
  if (configFile !== undefined) {
    if (configFile.toLowerCase() === "none") return;
    const file = { path: configFile, includeFolder: userFolder, userConfig: true, checkTrust: false };
    if (!(await readConfigFile(pass, file))) throw unreadable(configFile);
    return;
  }
  await readConfigFile(pass, {
    path: `${userFolder}/config`,
    includeFolder: userFolder,
    userConfig: true,
    checkTrust: true,
  });
  await readConfigFile(pass, {
    path: systemConfigFile,
    includeFolder: dirname(systemConfigFile),
    userConfig: false,
    checkTrust: false,
  });
}

/** Returns the name to connect to after the first pass. */
async function realHost(settings: Settings, alias: string, options: ResolveHostOptions): Promise<string> {
  const written = settings.get("hostname");
  const host =
    written === undefined
      ? alias
      : await expandAt(written.origin, () => expandTokens(written.values[0] ?? "", { h: alias }));
  const address = canonicalAddress(host, settings.value("addressfamily") ?? "any");
  if (address !== undefined) return address;
  const name = host.toLowerCase();
  const canonicalize = settings.value("canonicalizehostname");
  const proxied = hasValue(settings, "proxycommand") || hasValue(settings, "proxyjump");
  if (!isYes(canonicalize) || (proxied && canonicalize !== "always")) return name;
  const rules = {
    domains: settings.get("canonicaldomains")?.values ?? [],
    maxDots: Number(settings.value("canonicalizemaxdots") ?? 1),
    fallbackLocal: settings.value("canonicalizefallbacklocal") !== "no",
  };
  const canonical = await canonicalizeHost(name, rules, options.hostExists ?? hostExists);
  if (canonical !== undefined) return canonical;
  throw new SshConfigError("bad-name", `Could not resolve host ${JSON.stringify(name)} in any canonical domain`, {
    hint: "Check the name, CanonicalDomains and your network, or set CanonicalizeFallbackLocal yes",
  });
}

async function hostExists(name: string): Promise<boolean> {
  try {
    await lookup(name);
    return true;
  } catch {
    return false;
  }
}

function isYes(value: string | undefined): boolean {
  return value === "yes" || value === "always";
}

function hasValue(settings: Settings, keyword: string): boolean {
  const value = settings.value(keyword);
  return value !== undefined && value.toLowerCase() !== "none";
}

/** Returns the tokens that are known while the files are being read. */
async function tokensSoFar(
  settings: Settings,
  local: LocalEnvironment,
  alias: string,
  host: string,
): Promise<ExpandTokens> {
  const hostName = hostSoFar(settings.value("hostname"), host);
  const names = {
    alias,
    hostName,
    port: Number(settings.value("port") ?? 22),
    keyName: settings.value("hostkeyalias") ?? hostName,
    jumpHost: parseJumpChain(settings.value("proxyjump") ?? "none")?.at(-1)?.host ?? "",
  };
  return connectionTokens(local, { ...names, user: await loginUser(settings, local, names) });
}

function hostSoFar(written: string | undefined, host: string): string {
  if (written === undefined) return host;
  try {
    return expandTokens(written, { h: host });
  } catch (error) {
    if (!(error instanceof ExpandError)) throw error;
    return host; // Reported once the files are read.
  }
}
