import { ScpConnectionError } from "@scpkit/channel";
import {
  addHostKey,
  checkHostKey,
  decideHostKey,
  describeRefusedKey,
  describeUnknownKey,
  type HostKeyQuery,
  type HostKeyResult,
  KnownHostsError,
  type ResolvedHost,
} from "@scpkit/openssh";
import type { Ssh2HostKey } from "@scpkit/ssh2";
import { isInformed } from "./is-informed.ts";
import type { Prompter } from "./terminal-prompt.ts";

/** What became of a host key that was accepted. */
export interface AcceptedHostKey {
  /** The key is wrong and `StrictHostKeyChecking no` went on: no password may be sent to this host. */
  withoutSecrets: boolean;
}

/**
 * Makes the decision about a host key that OpenSSH would make: known_hosts, `StrictHostKeyChecking`, and the person at the terminal.
 *
 * @param say shows lines on standard error
 * @param address the host's numeric address, where known_hosts is to be asked about it too (`CheckHostIP`)
 */
export function createHostKeyVerifier(
  host: ResolvedHost,
  prompter: Prompter,
  say: (text: string) => void,
  accepted: AcceptedHostKey,
  address: string | undefined,
): (key: Ssh2HostKey) => Promise<boolean> {
  return async (shown) => {
    const query: HostKeyQuery = {
      host: host.hostName,
      port: host.port,
      hostKeyAlias: host.hostKeyAlias,
      keyType: shown.type,
      address,
      key: shown.blob,
      revokedKeysFile: host.revokedHostKeys,
    };
    const result = await lookUp(query, host);
    switch (decideHostKey(result, host)) {
      case "accept":
        return true;
      case "add":
        await remember(host, query, result, say);
        return true;
      case "accept-without-secrets":
        say(describeRefusedKey(query, result));
        say("Passwords and keyboard-interactive answers are not sent to this host");
        accepted.withoutSecrets = true;
        return true;
      case "ask":
        if (!(await askAboutKey(query, result, shown, prompter))) throw refused(query, result, shown);
        await remember(host, query, result, say);
        return true;
      case "refuse":
        throw refused(query, result, shown);
    }
  };
}

/** @throws {ScpConnectionError} a file cannot be read, so that any key may be revoked or have changed */
async function lookUp(query: HostKeyQuery, host: ResolvedHost): Promise<HostKeyResult> {
  try {
    return await checkHostKey(query, [...host.userKnownHostsFiles, ...host.globalKnownHostsFiles]);
  } catch (error) {
    if (!(error instanceof KnownHostsError)) throw error;
    throw new ScpConnectionError("host-key-unknown", error.message, error.hint, { cause: error });
  }
}

async function askAboutKey(
  query: HostKeyQuery,
  result: HostKeyResult,
  shown: Ssh2HostKey,
  prompter: Prompter,
): Promise<boolean> {
  let question = `${describeUnknownKey(query, result)}\nAre you sure you want to continue connecting (yes/no/[fingerprint])? `;
  for (;;) {
    const answer = (await prompter.ask(question))?.trim();
    if (answer === undefined || answer.toLowerCase() === "no") return false;
    if (answer.toLowerCase() === "yes" || answer === shown.fingerprint) return true;
    question = "Please type 'yes', 'no' or the fingerprint: ";
  }
}

async function remember(
  host: ResolvedHost,
  query: HostKeyQuery,
  result: HostKeyResult,
  say: (text: string) => void,
): Promise<void> {
  const [file] = host.userKnownHostsFiles;
  if (file === undefined) return;
  try {
    await addHostKey(query, file, { hash: host.hashKnownHosts });
    if (isInformed(host))
      say(`Warning: Permanently added '${result.name}' (${query.keyType}) to the list of known hosts.`);
  } catch (error) {
    if (!(error instanceof KnownHostsError)) throw error;
    say(`Failed to add the host to the list of known hosts (${file}): ${error.message}`);
  }
}

function refused(query: HostKeyQuery, result: HostKeyResult, shown: Ssh2HostKey): ScpConnectionError {
  const description = describeRefusedKey(query, result);
  // Where the name is fine, the address is not (CheckHostIP).
  switch (result.status === "trusted" ? result.address?.status : result.status) {
    case "changed":
      return new ScpConnectionError(
        "host-key-changed",
        description,
        "Ask the server's owner before you remove the old key",
      );
    case "revoked":
      return new ScpConnectionError("host-key-revoked", description, "Ask the server's owner for a host key to trust");
    case "unreadable":
      return new ScpConnectionError(
        "host-key-unknown",
        description,
        "Compare that line with what the server's owner says",
      );
    default:
      return new ScpConnectionError(
        "host-key-unknown",
        `The host key of ${result.name} is not known: ${shown.type} ${shown.fingerprint}`,
        "Compare the fingerprint with what the server's owner says, and connect once with a terminal to add it, or use -o StrictHostKeyChecking=accept-new",
      );
  }
}
