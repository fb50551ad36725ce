import { stat } from "node:fs/promises";
import { env as processEnvironment } from "node:process";
import type { ResolvedHost } from "../config/resolved-host.ts";
import type { Environment } from "../config/values/expand.ts";

export { defaultIdentityFiles } from "./identity-names.ts";

/** A key that may be tried. */
export interface Identity {
  /** The private key, or a public key whose private key an agent holds. */
  readonly path: string;
  /** Whether the configuration names it; the others are the default names. */
  readonly configured: boolean;
  /** Whether there is a file at `path`. */
  readonly exists: boolean;
  /** `path` with `.pub` if that file exists. It identifies the key of an agent without a passphrase. */
  readonly publicKeyFile: string | undefined;
  /** `path` with `-cert.pub` if that file exists. ssh2 cannot use it. */
  readonly certificateFile: string | undefined;
}

/**
 * Returns the keys of a host in the order in which OpenSSH tries them. Keys with default names are omitted if the file
 * does not exist. Configured keys are always included, so that a program can report missing files.
 */
export async function findIdentities(
  host: Pick<ResolvedHost, "identityFiles" | "identityFilesConfigured">,
): Promise<Identity[]> {
  const configured = host.identityFilesConfigured;
  const identities = await Promise.all(
    host.identityFiles.map(async (path) => ({
      path,
      configured,
      exists: await isFile(path),
      publicKeyFile: (await isFile(`${path}.pub`)) ? `${path}.pub` : undefined,
      certificateFile: (await isFile(`${path}-cert.pub`)) ? `${path}-cert.pub` : undefined,
    })),
  );
  return identities.filter(({ exists }) => configured || exists);
}

/**
 * Returns the agent socket: the value of `IdentityAgent`, otherwise that of `SSH_AUTH_SOCK`.
 *
 * @param env @default that of this process
 * @returns `undefined` if there is none, or none is to be used
 */
export function agentSocket(
  host: Pick<ResolvedHost, "identityAgent">,
  env: Environment = processEnvironment,
): string | undefined {
  const { identityAgent: agent = "SSH_AUTH_SOCK" } = host;
  if (agent === "none") return undefined;
  const path = agent === "SSH_AUTH_SOCK" ? env.SSH_AUTH_SOCK : agent.startsWith("$") ? env[agent.slice(1)] : agent;
  return path === "" ? undefined : path;
}

/** The name of an authentication method in the protocol. */
export type AuthenticationMethod = "gssapi-with-mic" | "hostbased" | "publickey" | "keyboard-interactive" | "password";

const methods = ["gssapi-with-mic", "hostbased", "publickey", "keyboard-interactive", "password"] as const;

/**
 * Returns the authentication methods to try, in order: `PreferredAuthentications`, otherwise OpenSSH's order. Omits
 * disabled methods and, in batch mode, those that ask the user.
 */
export function authenticationMethods(host: ResolvedHost): AuthenticationMethod[] {
  const enabled: Record<AuthenticationMethod, boolean> = {
    "gssapi-with-mic": host.raw.get("gssapiauthentication")?.[0] === "yes",
    hostbased: host.raw.get("hostbasedauthentication")?.[0] === "yes",
    publickey: host.pubkeyAuthentication,
    "keyboard-interactive": host.kbdInteractiveAuthentication && !host.batchMode,
    password: host.passwordAuthentication && !host.batchMode,
  };
  const preferred: readonly string[] = host.preferredAuthentications ?? methods;
  return preferred.flatMap((name) => methods.filter((method) => method === name && enabled[method]));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
