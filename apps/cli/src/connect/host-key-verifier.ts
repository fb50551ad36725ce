import { ScpConnectionError } from "@scpkit/core";
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
import type { Ssh2HostKey, Ssh2HostKeyVerdict } from "@scpkit/ssh2";
import { forPrompt, type Prompter } from "../prompt/prompter.ts";
import { logsInfo } from "./log-level.ts";

/**
 * Makes the decision about a host key that OpenSSH would make: known_hosts, `StrictHostKeyChecking`, and the person at the terminal.
 * The warning about a key that has changed is shown as OpenSSH lays it out, and the error is one line.
 *
 * @param printError shows lines on standard error
 * @param address the host's numeric address, where known_hosts is to be asked about it too (`CheckHostIP`)
 */
export function createHostKeyVerifier(
  host: ResolvedHost,
  prompter: Prompter,
  printError: (text: string) => void,
  address: string | undefined,
): (key: Ssh2HostKey) => Promise<Ssh2HostKeyVerdict> {
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
        await remember(host, query, result, printError);
        return true;
      case "accept-without-secrets":
        printError(forPrompt([...warningOf(query, result).lines, ...withheldSecrets(host)].join("\n")));
        return "without-secrets";
      case "ask":
        if (!(await askAboutKey(query, result, shown, prompter))) throw refused(query, result, shown, printError);
        await remember(host, query, result, printError);
        return true;
      case "refuse":
        throw refused(query, result, shown, printError);
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

/** The last line of the description is the message of the error. */
function warningOf(query: HostKeyQuery, result: HostKeyResult): { readonly lines: string[]; readonly error: string } {
  const lines = describeRefusedKey(query, result).split("\n");
  return { error: lines.pop() ?? "", lines };
}

/** What a host whose key is not trusted does not get, in OpenSSH's words (sshconnect.c, `check_host_key`). */
function withheldSecrets(host: ResolvedHost): string[] {
  const withheld = [
    ...(host.passwordAuthentication ? ["Password authentication"] : []),
    ...(host.kbdInteractiveAuthentication ? ["Keyboard-interactive authentication"] : []),
    ...(host.forwardAgent === false ? [] : ["Agent forwarding"]),
  ];
  return withheld.map((what) => `${what} is disabled to avoid man-in-the-middle attacks.`);
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
    if (answer === undefined || answer === "" || answer.toLowerCase() === "no") return false;
    if (answer.toLowerCase() === "yes" || answer === shown.fingerprint) return true;
    question = "Please type 'yes', 'no' or the fingerprint: ";
  }
}

async function remember(
  host: ResolvedHost,
  query: HostKeyQuery,
  result: HostKeyResult,
  printError: (text: string) => void,
): Promise<void> {
  const [file] = host.userKnownHostsFiles;
  if (file === undefined) return;
  try {
    await addHostKey(query, file, { hash: host.hashKnownHosts });
    if (logsInfo(host))
      printError(`Warning: Permanently added '${result.name}' (${query.keyType}) to the list of known hosts.`);
  } catch (error) {
    if (!(error instanceof KnownHostsError)) throw error;
    printError(`Failed to add the host to the list of known hosts (${file}): ${error.message}`);
  }
}

function refused(
  query: HostKeyQuery,
  result: HostKeyResult,
  shown: Ssh2HostKey,
  printError: (text: string) => void,
): ScpConnectionError {
  // Where the name is fine, the address is not (CheckHostIP).
  const status = result.status === "trusted" ? result.address?.status : result.status;
  if (status === undefined || status === "unknown" || status === "trusted") {
    return new ScpConnectionError(
      "host-key-unknown",
      `The host key of ${result.name} is not known: ${shown.type} ${shown.fingerprint}`,
      "Compare the fingerprint with the one from the server's owner, and connect once from a terminal to add the key, or use -o StrictHostKeyChecking=accept-new",
    );
  }
  const { lines, error } = warningOf(query, result);
  if (result.status === "changed") {
    lines.push(`Host key for ${result.name} has changed and you have requested strict checking.`);
  }
  printError(forPrompt(lines.join("\n")));
  switch (status) {
    case "changed":
      return new ScpConnectionError(
        "host-key-changed",
        error,
        "Ask the server's administrator before you remove the old key",
      );
    case "revoked":
      return new ScpConnectionError(
        "host-key-revoked",
        error,
        "Ask the server's administrator for a host key to trust",
      );
    case "unreadable":
      return new ScpConnectionError(
        "host-key-unknown",
        error,
        "Ask the server's administrator whether that line is correct",
      );
  }
}
