import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { matchHostName, matchPatternList } from "../values/pattern.ts";

/** The values that the criteria of a `Match` line are compared with. */
export interface MatchSubject {
  /** The host name as far as it is known: the value of `HostName` if that was set. */
  readonly host: string;
  readonly originalHost: string;
  readonly user: string;
  readonly localUser: string;
  readonly tag: string;
  /** Whether the configuration is being read for the second time. */
  readonly finalPass: boolean;
  /** Runs the command of `exec`. Returns `undefined` if it must not run; the line then does not match. */
  exec(command: string): Promise<boolean | undefined>;
  /** Called for `final`, which requires a second pass. */
  requestFinalPass(): void;
}

/** Whether a `Match` line matches, or the problem with it. */
export type MatchResult =
  | { readonly type: "match"; readonly matched: boolean }
  | { readonly type: "problem"; readonly message: string };

/**
 * Evaluates the criteria of a `Match` line. All must match; `!` before one negates it. A criterion and its argument may
 * be separate or joined by `=`. Commands run only if everything before them matched.
 */
export async function evaluateMatch(args: readonly string[], subject: MatchSubject): Promise<MatchResult> {
  let matched = true;
  let criteria = 0;
  for (let index = 0; index < args.length; index += 1) {
    const [, not = "", name = "", joined] = /^(!?)([^=]*)(?:=(.*))?$/s.exec(args[index] ?? "") ?? [];
    const criterion = name.toLowerCase();
    if (criterion === "all") {
      if (criteria > 1 || joined !== undefined || index + 1 < args.length) {
        return problem('"all" cannot be combined with other criteria');
      }
      return { type: "match", matched: matched && not === "" };
    }
    criteria += 1;
    if (criterion === "final" || criterion === "canonical") {
      if (criterion === "final") subject.requestFinalPass();
      if (subject.finalPass === (not !== "")) matched = false;
      continue;
    }
    const value = joined ?? args[index + 1];
    if (joined === undefined) index += 1;
    if (value === undefined || value === "") return problem(`The criterion ${JSON.stringify(name)} has no argument`);
    const test = tests[criterion];
    if (test === undefined) return problem(`${JSON.stringify(name)} is not a supported criterion`);
    if (criterion === "exec" && !matched) continue;
    const holds = await test(value, subject);
    if (holds === "malformed") return problem(`${JSON.stringify(value)} is not a list of networks`);
    if (holds === undefined || holds === (not !== "")) matched = false;
  }
  return criteria === 0 ? problem("A criterion is missing") : { type: "match", matched };
}

type CriterionTest = (
  value: string,
  subject: MatchSubject,
) => boolean | "malformed" | undefined | Promise<boolean | undefined>;

const tests: Readonly<Partial<Record<string, CriterionTest>>> = {
  host: (value, { host }) => matchHostName(host, value),
  originalhost: (value, { originalHost }) => matchHostName(originalHost, value),
  user: (value, { user }) => matchPatternList(user, value),
  localuser: (value, { localUser }) => matchPatternList(localUser, value),
  tagged: (value, { tag }) => matchPatternList(tag, value),
  sessiontype: (value) => matchPatternList("exec", value),
  exec: (value, subject) => subject.exec(value),
  localnetwork: (value) => isLocalNetwork(value),
};

function isLocalNetwork(list: string): boolean | "malformed" {
  const networks = new BlockList();
  for (const entry of list.split(",")) {
    const [address = "", prefix] = entry.split("/");
    const version = isIP(address);
    const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix);
    if (version === 0 || !(bits >= 0 && bits <= (version === 6 ? 128 : 32))) return "malformed";
    networks.addSubnet(address, bits, version === 6 ? "ipv6" : "ipv4");
  }
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ address, family }) => networks.check(address, family === "IPv6" ? "ipv6" : "ipv4"));
}

function problem(message: string): MatchResult {
  return { type: "problem", message };
}
