import { readFile } from "node:fs/promises";
import { agentSocket, authenticationMethods, findIdentities, type ResolvedHost } from "@scpkit/openssh";
import type { Ssh2AuthMethod } from "@scpkit/ssh2";
import type { AcceptedHostKey } from "./host-key-verifier.ts";
import { forPrompt, type Prompter } from "./terminal-prompt.ts";

/**
 * The ways to log in, in OpenSSH's order: the methods of `PreferredAuthentications`; among the keys, those of the agent that are
 * configured, then the agent's others, then the key files.
 *
 * @param accepted what the host key check says: to a host with a wrong key no password is sent
 */
export async function loginMethods(
  host: ResolvedHost,
  prompter: Prompter,
  accepted: AcceptedHostKey,
): Promise<Ssh2AuthMethod[]> {
  const guarded: Prompter = {
    ask: async (question, how) => (accepted.withoutSecrets ? undefined : await prompter.ask(question, how)),
  };
  const methods: Ssh2AuthMethod[] = [];
  for (const method of authenticationMethods(host)) {
    if (method === "publickey") methods.push(...(await keyMethods(host, prompter)));
    if (method === "keyboard-interactive") methods.push(keyboardInteractive(host, guarded));
    if (method === "password") methods.push(password(host, guarded));
  }
  return methods;
}

async function keyMethods(host: ResolvedHost, prompter: Prompter): Promise<Ssh2AuthMethod[]> {
  const identities = await findIdentities(host);
  const publicKeys = new Map<string, Uint8Array>();
  for (const { path, publicKeyFile } of identities) {
    const key = publicKeyFile === undefined ? undefined : await readPublicKey(publicKeyFile);
    if (key !== undefined) publicKeys.set(path, key);
  }
  const methods: Ssh2AuthMethod[] = [];
  const agent = agentSocket(host);
  if (agent !== undefined) {
    if (host.identitiesOnly) methods.push({ type: "agent", agent, only: [...publicKeys.values()] });
    else methods.push({ type: "agent", agent });
  }
  for (const { path, exists } of identities) {
    if (!exists) continue;
    methods.push({
      type: "private-key",
      key: () => readFile(path),
      publicKey: publicKeys.get(path),
      label: path,
      attempts: host.numberOfPasswordPrompts,
      passphrase: () => prompter.ask(`Enter passphrase for key '${path}': `, { secret: true }),
    });
  }
  return methods;
}

function password(host: ResolvedHost, prompter: Prompter): Ssh2AuthMethod {
  return {
    type: "password",
    attempts: host.numberOfPasswordPrompts,
    password: ({ username }) => prompter.ask(`${username}@${host.alias}'s password: `, { secret: true }),
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

async function readPublicKey(path: string): Promise<Uint8Array | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [, base64] = text.trim().split(/\s+/);
  return base64 === undefined ? undefined : Buffer.from(base64, "base64");
}
