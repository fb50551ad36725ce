import { authenticationMethods, describeUnprotectedKey, type ResolvedHost } from "@scpkit/openssh";
import type { Ssh2AddToAgent, Ssh2AuthMethod } from "@scpkit/ssh2";
import { forPrompt, type Prompter } from "../prompt/prompter.ts";
import type { UserKey, UserKeys } from "./user-keys.ts";

/**
 * Lists the ways to log in in OpenSSH's order: the methods of `PreferredAuthentications`; among the keys, those of the
 * agent that are configured, then the agent's others, then the key files (sshconnect2.c, `pubkey_prepare`).
 *
 * @param printError shows lines on standard error
 */
export function loginMethods(
  host: ResolvedHost,
  keys: UserKeys,
  prompter: Prompter,
  printError: (text: string) => void,
): Ssh2AuthMethod[] {
  return authenticationMethods(host).flatMap((method): Ssh2AuthMethod[] => {
    switch (method) {
      case "publickey":
        return keyMethods(host, keys, prompter, printError);
      case "keyboard-interactive":
        return [keyboardInteractive(host, prompter)];
      case "password":
        return [password(host, prompter, printError)];
      default:
        return [];
    }
  });
}

function keyMethods(
  host: ResolvedHost,
  { files, agent }: UserKeys,
  prompter: Prompter,
  printError: (text: string) => void,
): Ssh2AuthMethod[] {
  const methods: Ssh2AuthMethod[] = [];
  if (agent !== undefined) {
    methods.push({ type: "agent", agent, only: files.flatMap(({ publicKey }) => publicKey ?? []) });
    if (!host.identitiesOnly) methods.push({ type: "agent", agent });
  }
  for (const file of files) {
    if (file.data === undefined && file.problem === undefined) continue;
    methods.push({
      type: "private-key",
      key: () => contentsOf(file, printError),
      publicKey: file.publicKey,
      label: file.path,
      attempts: host.numberOfPasswordPrompts,
      addToAgent: () => agentFor(file.path, host, agent, prompter),
      // As ssh does, an empty passphrase goes on to the next key.
      passphrase: async () =>
        (await prompter.ask(`Enter passphrase for key '${file.path}': `, { secret: true })) || undefined,
    });
  }
  return methods;
}

/** The agent that a key is added to when it is used (`AddKeysToAgent`). */
async function agentFor(
  path: string,
  { addKeysToAgent: { when, lifetimeSeconds, confirm } }: ResolvedHost,
  agent: string | undefined,
  prompter: Prompter,
): Promise<Ssh2AddToAgent | undefined> {
  if (agent === undefined || when === "no") return undefined;
  if (when === "ask" && !(await prompter.confirm(`Add key ${path} to agent?`))) return undefined;
  return { agent, lifetimeSeconds, confirm };
}

/** @throws what a message says about a file that must not be used */
function contentsOf({ path, data, openMode, problem }: UserKey, printError: (text: string) => void): Uint8Array {
  if (data === undefined) throw problem;
  const isPrivate = /PRIVATE KEY|PuTTY-User-Key-File/.test(Buffer.from(data).toString("latin1"));
  if (openMode === undefined || !isPrivate) return data;
  printError(forPrompt(describeUnprotectedKey(path, openMode)));
  throw new Error("its permissions are too open");
}

function password(host: ResolvedHost, prompter: Prompter, printError: (text: string) => void): Ssh2AuthMethod {
  return {
    type: "password",
    attempts: host.numberOfPasswordPrompts,
    password: ({ username, attempt }) => {
      if (attempt > 1) printError("Permission denied, please try again.");
      return prompter.ask(`${username}@${host.alias}'s password: `, { secret: true });
    },
  };
}

function keyboardInteractive(host: ResolvedHost, prompter: Prompter): Ssh2AuthMethod {
  return {
    type: "keyboard-interactive",
    attempts: host.numberOfPasswordPrompts,
    answer: async ({ name, instructions, prompts }) => {
      const heading = [name, instructions].filter((text) => text !== "").map((text) => `${forPrompt(text)}\n`);
      const answers: string[] = [];
      for (const { prompt, echo } of prompts) {
        // The host is named so that a server cannot pass its question off as another one's.
        const question = `${heading.splice(0).join("")}(${host.user}@${host.alias}) ${forPrompt(prompt)}`;
        const answer = await prompter.ask(question, { secret: !echo });
        if (answer === undefined) return undefined;
        answers.push(answer);
      }
      return answers;
    },
  };
}
