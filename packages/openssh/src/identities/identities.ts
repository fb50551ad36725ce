import { stat } from "node:fs/promises";
import { env as processEnvironment } from "node:process";
import type { ResolvedHost } from "../config/resolved-host.ts";
import type { Environment } from "../config/values/expand.ts";

export { defaultIdentityFiles } from "./identity-names.ts";

/** A key that may be tried. */
export interface Identity {
  /** The private key, or a public key whose private half an agent has. */
  readonly path: string;
  /** Whether the configuration names it; the others are tried because of their name. */
  readonly configured: boolean;
  /** Whether there is a file at `path`. */
  readonly exists: boolean;
  /** `path` with `.pub` where that exists: it identifies the key of an agent without a passphrase. */
  readonly publicKeyFile: string | undefined;
  /** `path` with `-cert.pub` where that exists. ssh2 cannot use it. */
  readonly certificateFile: string | undefined;
}

/**
 * The keys of a host in the order OpenSSH tries them. Keys that are there because of their name are left out where the
 * file does not exist; configured ones stay, so that a program can tell what it did not find.
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
 * The socket of the agent to ask: what `IdentityAgent` says, else `SSH_AUTH_SOCK`.
 *
 * @param env @default that of this process
 * @returns `undefined` when there is none, or none is to be used
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

/** An authentication method as the protocol names it. */
export type AuthenticationMethod = "gssapi-with-mic" | "hostbased" | "publickey" | "keyboard-interactive" | "password";

const methods = ["gssapi-with-mic", "hostbased", "publickey", "keyboard-interactive", "password"] as const;

/**
 * The authentication methods that may be tried, in order: `PreferredAuthentications`, else OpenSSH's order, without
 * those that are switched off and, in batch mode, those that ask the user.
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
