import { applyAlgorithmSpec } from "@scpkit/openssh";
import { defaultAlgorithms, supportedAlgorithms } from "@scpkit/ssh2";
import type { SshServerOptions } from "@scpkit/ssh2/server";

/** Options that `-o` of `scpkit serve` sets. */
export interface SshdOptions
  extends Pick<
    SshServerOptions<object>,
    "algorithms" | "publicKeyAlgorithms" | "maxStartups" | "maxStartupsPerAddress" | "maxConnections"
  > {
  /** Whether key files that others may write or read are rejected. @default true */
  readonly strictModes?: boolean | undefined;
}

type Reader = (value: string, keyword: string) => SshdOptions;

/** Keywords as sshd_config(5) spells them, with functions that read their values. */
const keywords: Readonly<Record<string, Reader>> = {
  Ciphers: (value) => ({ algorithms: { ciphers: algorithms(value, "ciphers") } }),
  HostKeyAlgorithms: (value) => ({ algorithms: { hostKey: algorithms(value, "hostKey") } }),
  KexAlgorithms: (value) => ({ algorithms: { kex: algorithms(value, "kex") } }),
  MACs: (value) => ({ algorithms: { macs: algorithms(value, "macs") } }),
  MaxStartups: readMaxStartups,
  PerSourceMaxStartups: (value, keyword) => ({
    maxStartupsPerAddress: value === "none" ? Number.POSITIVE_INFINITY : wholeNumber(value, keyword),
  }),
  PubkeyAcceptedAlgorithms: (value) => ({ publicKeyAlgorithms: algorithms(value, "hostKey") }),
  StrictModes: (value, keyword) => {
    if (value !== "yes" && value !== "no")
      throw new Error(`${keyword} must be yes or no, not ${JSON.stringify(value)}`);
    return { strictModes: value === "yes" };
  },
};

/** The keywords that `-o` accepts, for the help. */
export const sshdKeywords: readonly string[] = Object.keys(keywords);

/**
 * Reads the values of `-o`: `Keyword=value` or `Keyword value`. As in sshd_config the first value of a keyword counts, and a list of
 * algorithms may begin with `+`, `-` or `^`.
 *
 * @throws {Error} an unknown keyword, or a value that it does not have
 */
export function readSshdOptions(texts: readonly string[]): SshdOptions {
  const found = new Map<string, SshdOptions>();
  for (const text of texts) {
    const [, name = "", value = ""] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$/s.exec(text) ?? [];
    const keyword = sshdKeywords.find((known) => known.toLowerCase() === name.toLowerCase());
    const read = keyword === undefined ? undefined : keywords[keyword];
    if (keyword === undefined || read === undefined) {
      throw new Error(`Expected -o KEYWORD=VALUE with one of ${sshdKeywords.join(", ")}, got ${JSON.stringify(text)}`);
    }
    const options = read(value, keyword);
    if (!found.has(keyword)) found.set(keyword, options);
  }
  const all = [...found.values()];
  return Object.assign({}, ...all, { algorithms: Object.assign({}, ...all.map((options) => options.algorithms)) });
}

function algorithms(spec: string, kind: keyof typeof supportedAlgorithms): string[] {
  const supported = supportedAlgorithms[kind];
  for (const name of spec.replace(/^[-+^]/, "").split(",")) {
    if (!/[*?]/.test(name) && !supported.includes(name)) {
      throw new Error(`${JSON.stringify(name)} is not available; available are ${supported.join(", ")}`);
    }
  }
  const chosen = applyAlgorithmSpec(spec, supported, defaultAlgorithms[kind]);
  if (chosen.length === 0) throw new Error(`${JSON.stringify(spec)} selects no algorithm`);
  return chosen;
}

/** `begin` or `begin:rate:full`. */
function readMaxStartups(value: string, keyword: string): SshdOptions {
  const [begin = 0, rate = 100, full = begin, ...more] = value.split(":").map((part) => wholeNumber(part, keyword));
  if (more.length > 0 || begin > full || rate > 100) {
    throw new Error(
      `${keyword} is begin:rate:full with begin up to full and a rate up to 100, not ${JSON.stringify(value)}`,
    );
  }
  return { maxStartups: { begin, rate, full } };
}

function wholeNumber(text: string, keyword: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${keyword} must be a number from 1, not ${JSON.stringify(text)}`);
  return Number(text);
}
