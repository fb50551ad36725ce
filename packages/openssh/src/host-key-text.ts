import type { HostKeyQuery, HostKeyResult } from "./check-host-key.ts";
import { keyTypeTitle, sha256Fingerprint } from "./host-key.ts";
import { isHashedName } from "./host-name.ts";

/**
 * Why a changed or revoked key is refused, for the user: what has happened, its fingerprint, the file and line that
 * disagree, and the command that removes the old key. Several lines, none at the end.
 */
export function describeRefusedKey(query: HostKeyQuery, result: HostKeyResult): string {
  const title = keyTypeTitle(query.keyType);
  const where = "file" in result ? `${result.file}${result.line === undefined ? "" : `:${result.line}`}` : "";
  if (result.status === "revoked") {
    return [
      banner("WARNING: REVOKED HOST KEY DETECTED!"),
      `The ${title} host key for ${result.name} is marked as revoked in ${where}.`,
      "This could mean that a stolen key is being used to impersonate this host.",
      "Please contact your system administrator.",
    ].join("\n");
  }
  const lines = [
    banner("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!"),
    "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!",
    "Someone could be eavesdropping on you right now (man-in-the-middle attack)!",
    "It is also possible that a host key has just been changed.",
    `The fingerprint for the ${title} key sent by the remote host is`,
    `${sha256Fingerprint(query.key)}.`,
  ];
  if (result.status === "changed") {
    const known = result.knownKeys.find((entry) => entry.file === result.file && entry.line === result.line);
    lines.push(
      `Offending ${keyTypeTitle(known?.keyType ?? query.keyType)} key in ${where}`,
      "If you know why it has changed, remove the old key with:",
      `  ssh-keygen -f ${shellQuote(result.file)} -R ${shellQuote(result.name)}`,
    );
  }
  lines.push(`Host key verification failed for ${result.name}.`);
  return lines.join("\n");
}

/** What to show before the user is asked whether to trust a key. Several lines, none at the end. */
export function describeUnknownKey(query: HostKeyQuery, result: HostKeyResult): string {
  const address = query.address === undefined ? "" : ` (${query.address})`;
  return [
    `The authenticity of host '${result.name}${address}' can't be established.`,
    `${keyTypeTitle(query.keyType)} key fingerprint is ${sha256Fingerprint(query.key)}.`,
    ...otherNames(result),
  ].join("\n");
}

const maxOtherNames = 8;

function otherNames({ otherNames: entries }: HostKeyResult): string[] {
  if (entries.length === 0) return ["This key is not known by any other names."];
  const shown = entries.slice(0, maxOtherNames).map(({ file, line, hosts }) => {
    return `    ${file}:${line}: ${isHashedName(hosts) ? "[hashed name]" : hosts}`;
  });
  const rest = entries.length - shown.length;
  const more = rest > 0 ? [`    (${rest} additional names omitted)`] : [];
  return ["This host key is known by the following other names/addresses:", ...shown, ...more];
}

function banner(text: string): string {
  const bar = "@".repeat(59);
  const left = Math.floor((57 - text.length) / 2);
  return `${bar}\n@${" ".repeat(left)}${text}${" ".repeat(57 - text.length - left)}@\n${bar}`;
}

function shellQuote(text: string): string {
  return `"${text.replace(/["\\$`]/g, "\\$&")}"`;
}
