import type { HostKeyMatch, HostKeyQuery, HostKeyResult } from "./check-host-key.ts";
import { keyTypeTitle, sha256Fingerprint } from "./host-key.ts";
import { isHashedName } from "./host-name.ts";

type ResultOf<S extends HostKeyResult["status"]> = HostKeyResult & { readonly status: S };

/**
 * Describes for the user why a key is rejected: the reason, the key's fingerprint, the file and line that disagree, and
 * what to do. The text has several lines and no newline at the end. Each status has its own text.
 */
export function describeRefusedKey(query: HostKeyQuery, result: HostKeyResult): string {
  const lines = refusal(query, result);
  return [...lines, `Host key verification failed for ${result.name}.`].join("\n");
}

function refusal(query: HostKeyQuery, result: HostKeyResult): readonly string[] {
  switch (result.status) {
    case "changed":
      return changedKey(query, result);
    case "revoked":
      return revokedKey(query, result.name, result);
    case "unreadable":
      return [unreadableLine(result.name, result), "Correct or remove that line."];
    case "unknown":
      return [
        `No ${keyTypeTitle(query.keyType)} host key is known for ${result.name}.`,
        `The fingerprint of the key sent by the remote host is ${sha256Fingerprint(query.key)}.`,
      ];
    case "trusted":
      return addressConflict(query, result);
  }
}

function changedKey(query: HostKeyQuery, result: ResultOf<"changed">): readonly string[] {
  const known = result.knownKeys.find((entry) => entry.file === result.file && entry.line === result.line);
  return [
    banner("WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!"),
    "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!",
    "Someone could be eavesdropping on you right now (man-in-the-middle attack)!",
    "It is also possible that a host key has just been changed.",
    `The fingerprint for the ${keyTypeTitle(query.keyType)} key sent by the remote host is`,
    `${sha256Fingerprint(query.key)}.`,
    "Please contact your system administrator.",
    `Add correct host key in ${result.file} to get rid of this message.`,
    `Offending ${keyTypeTitle(known?.keyType ?? query.keyType)} key in ${placeOf(result)}`,
    "  remove with:",
    `  ssh-keygen -f ${shellQuote(result.file)} -R ${shellQuote(result.name)}`,
  ];
}

function revokedKey(query: HostKeyQuery, name: string, match: HostKeyMatch & { status: "revoked" }): readonly string[] {
  return [
    banner("WARNING: REVOKED HOST KEY DETECTED!"),
    `The ${keyTypeTitle(query.keyType)} host key for ${name} is marked as revoked in ${placeOf(match)}.`,
    "This could mean that a stolen key is being used to impersonate this host.",
    "Please contact your system administrator.",
  ];
}

function unreadableLine(name: string, match: HostKeyMatch & { status: "unreadable" }): string {
  return `The line ${placeOf(match)} names ${name} and cannot be read.`;
}

/** Describes a conflict with the address of a host whose name matches (`CheckHostIP`). */
function addressConflict(query: HostKeyQuery, { name, address: match }: ResultOf<"trusted">): readonly string[] {
  const { address = "" } = query;
  const title = keyTypeTitle(query.keyType);
  switch (match?.status) {
    case "revoked":
      return revokedKey(query, address, match);
    case "unreadable":
      return [unreadableLine(address, match), "Correct or remove that line."];
    case "changed":
      return [
        `The ${title} host key for ${name} differs from the key for the IP address ${address}.`,
        `Offending key for IP in ${placeOf(match)}`,
      ];
    default:
      return [];
  }
}

/**
 * Describes an unknown or unverified key before the user is asked whether to trust it. The text has several lines and
 * no newline at the end.
 */
export function describeUnknownKey(query: HostKeyQuery, result: HostKeyResult): string {
  if (result.status === "trusted") return addressConflict(query, result).join("\n");
  const address = query.address === undefined ? "" : ` (${query.address})`;
  return [
    ...(result.status === "unreadable" ? [unreadableLine(result.name, result)] : []),
    `The authenticity of host '${result.name}${address}' can't be established.`,
    `${keyTypeTitle(query.keyType)} key fingerprint is ${sha256Fingerprint(query.key)}.`,
    ...otherNames(result),
  ].join("\n");
}

function placeOf({ file, line }: { readonly file: string; readonly line: number | undefined }): string {
  return line === undefined ? file : `${file}:${line}`;
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

export function banner(text: string): string {
  const bar = "@".repeat(59);
  const left = Math.floor((57 - text.length) / 2);
  return `${bar}\n@${" ".repeat(left)}${text}${" ".repeat(57 - text.length - left)}@\n${bar}`;
}

/**
 * Quotes text for a shell of the user. Escapes a backslash, `'` and `!` outside the quotes, where all shells read them
 * alike (see `formatCommand` of the codec).
 */
export function shellQuote(text: string): string {
  return `'${text.replace(/[\\'!]/g, "'\\$&'")}'`;
}
