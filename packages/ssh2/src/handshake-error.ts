import { quoteText, ScpConnectionError } from "@scpkit/channel";

const lists: readonly {
  readonly ssh2: RegExp;
  readonly label: string;
  readonly words: string;
  readonly option: string;
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

/** Remembers from ssh2's debug lines what both sides offered: its errors name only the kind of algorithm. */
export class HandshakeLog {
  readonly #offers = new Map<string, string>();

  /** @param line one debug line of ssh2 */
  note(line: string): void {
    const match = /^Handshake: (\(local\) |\(remote\) )(.+?): (.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) this.#offers.set(match[1] + match[2], match[3] ?? "");
  }

  /** What to say about an error of ssh2 during the key exchange. */
  describe(error: Error, where: string): ScpConnectionError {
    const missing = /no matching/i.test(error.message) ? lists.find(({ ssh2 }) => ssh2.test(error.message)) : undefined;
    if (missing === undefined) {
      return new ScpConnectionError(
        "handshake",
        `The SSH handshake with ${where} failed: ${quoteText(error.message)}`,
        "Check that an SSH server of protocol version 2 listens on this port",
        { cause: error },
      );
    }
    const ours = this.#offer("local", missing.label);
    const theirs = this.#offer("remote", missing.label);
    return new ScpConnectionError(
      "handshake",
      `There is no common ${missing.words} with ${where}: this side offers ${ours}, the server ${theirs}`,
      `Allow one of the server's with the option "${missing.option}", or update the server`,
      { cause: error },
    );
  }

  #offer(side: string, label: string): string {
    const names =
      this.#offers.get(`(${side}) ${label}`) ?? this.#offers.get(`(${side}) ${label.replace("cipher", "Cipher")}`);
    return names === undefined ? "unknown ones" : quoteText(names.split(",").join(", "));
  }
}
