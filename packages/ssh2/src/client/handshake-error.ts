import { ScpConnectionError } from "@scpkit/core";
import { quoteText } from "@scpkit/core/engine";
import { type Ssh2Algorithms, supportedAlgorithms } from "../algorithms.ts";

const lists: readonly {
  readonly ssh2: RegExp;
  readonly label: string;
  readonly words: string;
  readonly option: NoCommonAlgorithmError["list"];
}[] = [
  { ssh2: /key exchange algorithm/, label: "KEX method", words: "key exchange method", option: "kex" },
  { ssh2: /host key format/, label: "Host key format", words: "host key algorithm", option: "hostKey" },
  { ssh2: /C->S cipher/, label: "C->S cipher", words: "cipher", option: "ciphers" },
  { ssh2: /S->C cipher/, label: "S->C cipher", words: "cipher", option: "ciphers" },
  { ssh2: /C->S MAC/, label: "C->S MAC", words: "MAC", option: "macs" },
  { ssh2: /S->C MAC/, label: "S->C MAC", words: "MAC", option: "macs" },
  { ssh2: /C->S compression/, label: "C->S compression", words: "compression", option: "compression" },
  { ssh2: /S->C compression/, label: "S->C compression", words: "compression", option: "compression" },
];

/** The cause of a failed handshake: the two sides have no common algorithm of one kind. */
export class NoCommonAlgorithmError extends Error {
  override readonly name = "NoCommonAlgorithmError";
  /** The option of `connect` with this side's list. */
  readonly list: keyof Ssh2Algorithms | "compression";
  /** The server's algorithms that the option accepts on this runtime, in the server's order. */
  readonly usable: readonly string[];

  constructor(list: NoCommonAlgorithmError["list"], usable: readonly string[], cause: Error) {
    super(cause.message, { cause });
    this.list = list;
    this.usable = usable;
  }
}

/**
 * Collects the algorithms that both sides offered from ssh2's debug lines. ssh2's errors name only the kind of
 * algorithm.
 */
export class HandshakeLog {
  readonly #offers = new Map<string, string>();

  /** @param line one debug line of ssh2 */
  note(line: string): void {
    const match = /^Handshake: (\(local\) |\(remote\) )(.+?): (.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) this.#offers.set(match[1] + match[2], match[3] ?? "");
  }

  /** Returns the error to report for an error of ssh2 during the key exchange. */
  describe(error: Error, where: string): ScpConnectionError {
    const missing = /no matching/i.test(error.message) ? lists.find(({ ssh2 }) => ssh2.test(error.message)) : undefined;
    if (missing === undefined) {
      return new ScpConnectionError(
        "handshake",
        `The SSH handshake with ${where} failed: ${quoteText(error.message)}`,
        "Check that an SSH server with protocol version 2 listens on this port",
        { cause: error },
      );
    }
    const ours = this.#offer("local", missing.label);
    const theirs = this.#offer("remote", missing.label);
    const supported = missing.option === "compression" ? [] : supportedAlgorithms[missing.option];
    const usable = theirs.filter((name) => supported.includes(name));
    return new ScpConnectionError(
      "handshake",
      `There is no common ${missing.words} with ${where}: this side offers ${list(ours)}, the server ${list(theirs)}`,
      usable.length === 0
        ? "Update the server, or connect with another SSH client"
        : `Add ${quoteText(usable[0] ?? "")} to the option "${missing.option}", or update the server`,
      { cause: new NoCommonAlgorithmError(missing.option, usable, error) },
    );
  }

  #offer(side: string, label: string): string[] {
    const names =
      this.#offers.get(`(${side}) ${label}`) ?? this.#offers.get(`(${side}) ${label.replace("cipher", "Cipher")}`);
    return names === undefined ? [] : names.split(",");
  }
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "unknown ones" : quoteText(names.join(", "));
}
