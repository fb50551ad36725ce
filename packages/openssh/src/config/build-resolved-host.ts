import { defaultIdentityFiles } from "../identities/identity-names.ts";
import { readAddKeysToAgent } from "./add-keys-to-agent.ts";
import { connectionTokens } from "./connection-tokens.ts";
import { loginUser } from "./login-user.ts";
import type { ResolvedHost, SshLogLevel, StrictHostKeyChecking } from "./resolved-host.ts";
import { sentEnvironment } from "./sent-environment.ts";
import { unsupportedKeywords } from "./unsupported-keywords.ts";
import { checkName } from "./values/check-name.ts";
import { type ExpandTokens, expandTilde, expandTokens } from "./values/expand.ts";
import { expandAt } from "./values/expand-at.ts";
import { type JumpHop, parseJumpChain } from "./values/jump-chain.ts";
import type { LocalEnvironment } from "./values/local-environment.ts";
import { parseRekeyLimit } from "./values/rekey-limit.ts";
import type { Setting, Settings } from "./values/settings.ts";
import { SshConfigError } from "./values/ssh-config-error.ts";

interface Parts {
  readonly alias: string;
  readonly hostName: string;
  readonly settings: Settings;
  readonly local: LocalEnvironment;
  readonly warnings: readonly string[];
}

/**
 * Applies defaults and expands tokens and variables.
 *
 * @throws {SshConfigError} if a token or variable is unknown, or values contradict each other
 */
export async function buildResolvedHost(parts: Parts): Promise<ResolvedHost> {
  const { alias, hostName, settings, local } = parts;
  const flag = (keyword: string, otherwise: boolean) =>
    (settings.value(keyword) ?? (otherwise ? "yes" : "no")) !== "no";
  const number = (keyword: string, otherwise: number) => Number(settings.value(keyword) ?? otherwise);
  const port = number("port", 22);
  const hostKeyAlias = settings.value("hostkeyalias")?.toLowerCase();
  const jump = parseJumpChain(settings.value("proxyjump") ?? "none") ?? [];
  const names = { alias, hostName, port, keyName: hostKeyAlias ?? alias, jumpHost: jump.at(-1)?.host ?? "" };
  const user = await loginUser(settings, local, names);
  const tokens = connectionTokens(local, { ...names, user });
  const paths = new PathExpander(local, tokens);
  const last = jump.at(-1);
  if (last !== undefined && last.host === hostName && (last.port ?? 22) === port && (last.user ?? user) === user) {
    throw new SshConfigError("bad-config", `The jump host of ${hostName} is ${hostName} itself`, {
      ...settings.get("proxyjump")?.origin,
      hint: 'Put "ProxyJump none" into the block of the jump host',
    });
  }
  const connectionAttempts = number("connectionattempts", 1);
  if (connectionAttempts === 0) {
    throw new SshConfigError("bad-config", "The number of ConnectionAttempts is 0", {
      ...settings.get("connectionattempts")?.origin,
      hint: "Give at least 1",
    });
  }
  const connectTimeout = settings.value("connecttimeout");
  const identityFiles = settings.get("identityfile");
  const rekeyLimit = settings.get("rekeylimit");
  return {
    alias,
    hostName,
    port,
    user,
    addressFamily: oneOf(settings.value("addressfamily"), ["any", "inet", "inet6"]),
    bindAddress: settings.value("bindaddress"),
    connectTimeoutSeconds: connectTimeout === undefined ? undefined : Number(connectTimeout),
    connectionAttempts,
    serverAliveIntervalSeconds: number("serveraliveinterval", 0),
    serverAliveCountMax: number("serveralivecountmax", 3),
    rekeyLimit: rekeyLimit && parseRekeyLimit(rekeyLimit.values),
    compression: flag("compression", false),
    logLevel: oneOf<SshLogLevel>(settings.value("loglevel"), logLevels),
    proxyJump: await expandJump(jump, settings.get("proxyjump"), tokens),
    proxyCommand: await expandCommand(settings.get("proxycommand"), tokens),
    ciphers: settings.value("ciphers"),
    macs: settings.value("macs"),
    kexAlgorithms: settings.value("kexalgorithms"),
    hostKeyAlgorithms: settings.value("hostkeyalgorithms"),
    pubkeyAcceptedAlgorithms: settings.value("pubkeyacceptedalgorithms"),
    requiredRsaSize: Math.max(minimumRsaSize, number("requiredrsasize", minimumRsaSize)),
    userKnownHostsFiles: await paths.files(settings.get("userknownhostsfile"), [
      "~/.ssh/known_hosts",
      "~/.ssh/known_hosts2",
    ]),
    globalKnownHostsFiles: await paths.tildeOnly(settings.get("globalknownhostsfile"), [
      "/etc/ssh/ssh_known_hosts",
      "/etc/ssh/ssh_known_hosts2",
    ]),
    strictHostKeyChecking: oneOf<StrictHostKeyChecking>(settings.value("stricthostkeychecking"), strictness),
    hostKeyAlias,
    hashKnownHosts: flag("hashknownhosts", false),
    checkHostIp: flag("checkhostip", false),
    revokedHostKeys: (await paths.files(settings.get("revokedhostkeys"), []))[0],
    identityFiles: await paths.files(identityFiles, defaultIdentityFiles("~")),
    identityFilesConfigured: identityFiles !== undefined,
    certificateFiles: await paths.files(settings.get("certificatefile"), []),
    identitiesOnly: flag("identitiesonly", false),
    identityAgent: await paths.agent(settings.get("identityagent")),
    addKeysToAgent: readAddKeysToAgent(settings.get("addkeystoagent")),
    forwardAgent: await forwardAgent(settings.get("forwardagent"), paths),
    batchMode: flag("batchmode", false),
    preferredAuthentications: settings.value("preferredauthentications")?.split(","),
    numberOfPasswordPrompts: number("numberofpasswordprompts", 3),
    pubkeyAuthentication: flag("pubkeyauthentication", true),
    passwordAuthentication: flag("passwordauthentication", true),
    kbdInteractiveAuthentication: flag("kbdinteractiveauthentication", true),
    environment: sentEnvironment(
      settings.get("sendenv")?.values ?? [],
      await expandSetEnv(settings.get("setenv"), tokens, local),
      local.env,
    ),
    raw: settings.toMap(),
    unsupported: unsupportedKeywords(settings),
    warnings: parts.warnings,
  };
}

/**
 * Minimum size in bits. OpenSSH rejects smaller keys whatever the configuration says (sshkey.c,
 * `SSH_RSA_MINIMUM_MODULUS_SIZE`).
 */
const minimumRsaSize = 1024;

const strictness = ["ask", "yes", "accept-new", "no"] as const;
const logLevels = ["INFO", "QUIET", "FATAL", "ERROR", "VERBOSE", "DEBUG", "DEBUG2", "DEBUG3"] as const;

/** Returns `value` if it is one of `words`, otherwise the first of them. */
function oneOf<T extends string>(value: string | undefined, words: readonly [T, ...T[]]): T {
  return words.find((word) => word === value) ?? words[0];
}

async function expandCommand(setting: Setting | undefined, tokens: ExpandTokens): Promise<string | undefined> {
  const [command = "none"] = setting?.values ?? [];
  if (setting === undefined || command.toLowerCase() === "none") return undefined;
  return expandAt(setting.origin, () => expandTokens(command, proxyTokens(tokens)));
}

async function expandJump(
  hops: readonly JumpHop[],
  setting: Setting | undefined,
  tokens: ExpandTokens,
): Promise<JumpHop[]> {
  if (setting === undefined) return [];
  const expand = (text: string) => expandAt(setting.origin, () => expandTokens(text, proxyTokens(tokens)));
  const expanded: JumpHop[] = [];
  for (const { host, user, port } of hops) {
    const hop = { host: await expand(host), user: user === undefined ? undefined : await expand(user), port };
    checkName("host", hop.host);
    if (hop.user !== undefined) checkName("user", hop.user);
    expanded.push(hop);
  }
  return expanded;
}

/** OpenSSH 10 expands tokens and variables in the values of `SetEnv`. */
async function expandSetEnv(
  setting: Setting | undefined,
  tokens: ExpandTokens,
  local: LocalEnvironment,
): Promise<readonly string[]> {
  if (setting === undefined) return [];
  const expand = (text: string) => expandAt(setting.origin, () => expandTokens(text, tokens, local.env));
  return Promise.all(
    setting.values.map(async (pair) => {
      const value = pair.indexOf("=") + 1;
      return `${pair.slice(0, value)}${await expand(pair.slice(value))}`;
    }),
  );
}

/** Returns the tokens that `ProxyCommand` and `ProxyJump` support. */
function proxyTokens({ h = "", k = "", n = "", p = "", r = "" }: ExpandTokens): ExpandTokens {
  return { h, k, n, p, r };
}

async function forwardAgent(setting: Setting | undefined, paths: PathExpander): Promise<boolean | string> {
  const [value = "no"] = setting?.values ?? [];
  const word = value.toLowerCase();
  if (word === "no" || word === "false") return false;
  return word === "yes" || word === "true" ? true : ((await paths.agent(setting)) ?? false);
}

/** Expands paths: `~` first, then tokens and variables. */
class PathExpander {
  readonly #local: LocalEnvironment;
  readonly #tokens: ExpandTokens;

  constructor(local: LocalEnvironment, tokens: ExpandTokens) {
    this.#local = local;
    this.#tokens = tokens;
  }

  /** Expands a list of files; `none` is not a file. */
  async files(setting: Setting | undefined, otherwise: readonly string[]): Promise<string[]> {
    return this.#each(setting, otherwise, (path) => expandTokens(path, this.#tokens, this.#local.env));
  }

  async tildeOnly(setting: Setting | undefined, otherwise: readonly string[]): Promise<string[]> {
    return this.#each(setting, otherwise, (path) => path);
  }

  /** Expands the path of an agent. `none`, `SSH_AUTH_SOCK` and `$NAME` are unchanged. */
  async agent(setting: Setting | undefined): Promise<string | undefined> {
    const [value] = setting?.values ?? [];
    if (value === undefined || value.toLowerCase() === "none") return value?.toLowerCase();
    return (await this.files(setting, []))[0];
  }

  async #each(
    setting: Setting | undefined,
    otherwise: readonly string[],
    finish: (path: string) => string,
  ): Promise<string[]> {
    const origin = setting?.origin ?? { file: "default", line: 0 };
    const written = (setting?.values ?? otherwise).filter((path) => path.toLowerCase() !== "none");
    return Promise.all(
      written.map((path) => expandAt(origin, async () => finish(await expandTilde(path, this.#local.home)))),
    );
  }
}
