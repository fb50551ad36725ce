import { ScpConnectionError } from "@scpkit/core";
import { protectKeyCommand, type ResolvedHost } from "@scpkit/openssh";
import { NoCommonAlgorithmError } from "@scpkit/ssh2";
import type { UserKeys } from "./user-keys.ts";

/** The options of `connect` as keywords of ssh_config. */
const keywords: Readonly<Record<NoCommonAlgorithmError["list"], string>> = {
  ciphers: "Ciphers",
  macs: "MACs",
  kex: "KexAlgorithms",
  hostKey: "HostKeyAlgorithms",
  compression: "Compression",
};

/** Replaces the hint of a failed connection by one with options of this command, if there is such an option. */
export function withCommandHint(error: unknown, host: ResolvedHost, keys: UserKeys): unknown {
  if (!(error instanceof ScpConnectionError)) return error;
  const hint = commandHint(error, host, keys);
  return hint === undefined ? error : withHint(error, hint);
}

/** Returns the same error with another hint. */
export function withHint(error: ScpConnectionError, hint: string): ScpConnectionError {
  const { code, message, exitCode, stderr, authMethods } = error;
  return new ScpConnectionError(code, message, hint, { cause: error, exitCode, stderr, authMethods });
}

function commandHint(error: ScpConnectionError, host: ResolvedHost, keys: UserKeys): string | undefined {
  switch (error.code) {
    case "handshake":
      return error.cause instanceof NoCommonAlgorithmError ? algorithmHint(error.cause) : undefined;
    case "timed-out":
      return host.connectTimeoutSeconds === undefined
        ? undefined
        : "Check the address, and whether a firewall drops the packets; -o ConnectTimeout=SECONDS allows more time";
    case "authentication":
      return loginHint(error.message, keys);
    default:
      return undefined;
  }
}

function algorithmHint({ list, usable }: NoCommonAlgorithmError): string {
  return usable[0] === undefined
    ? "Pass -S ssh to connect with the system's ssh, or update the server"
    : `Pass -o ${keywords[list]}=+${usable[0]}, or update the server`;
}

function loginHint(message: string, { files, agent, certificates }: UserKeys): string | undefined {
  if (/too many authentication failures/i.test(message)) {
    return "Offer fewer keys: name the key with -i and pass -o IdentitiesOnly=yes";
  }
  const [certificate] = certificates;
  if (certificate !== undefined) return `Pass -S ssh to log in with the certificate ${certificate}`;
  if (/keys of type "sk-[^"]*" are not supported/.test(message)) return "Pass -S ssh to log in with a security key";
  if (message.includes("it holds only a public key")) {
    return "Load the private key into an agent with ssh-add, or name its file with -i";
  }
  const exposed = files.find(({ path, openMode }) => {
    return openMode !== undefined && message.includes(`${path} could not be read: its permissions are too open`);
  });
  if (exposed !== undefined) return `Run ${protectKeyCommand(exposed.path)}`;
  if (agent === undefined && files.every(({ data, problem }) => data === undefined && problem === undefined)) {
    return /tried none\b|tried nothing/.test(message)
      ? "Name a private key with -i, or load one into an agent with ssh-add"
      : undefined;
  }
  return undefined;
}
