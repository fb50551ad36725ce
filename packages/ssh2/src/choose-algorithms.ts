import { ScpConnectionError } from "@scpkit/core";
import type { Algorithms } from "ssh2";
import { ciphers, hostKey, kex, macs, supported } from "./algorithm-names.ts";
import { type Ssh2Algorithms, supportsCompression } from "./algorithms.ts";

/**
 * Returns a choice of algorithms in ssh2's form. Omits names that this runtime does not support.
 *
 * @throws {ScpConnectionError} `handshake`: a list has no supported name, or compression was requested on Deno
 */
export function chooseAlgorithms(asked: Partial<Ssh2Algorithms>, compression: boolean): Algorithms {
  if (compression && !supportsCompression) {
    throw new ScpConnectionError(
      "handshake",
      "Compression is not available on Deno",
      "Connect without compression, or use Node or Bun",
    );
  }
  return {
    cipher: choose("ciphers", asked.ciphers ?? ciphers, supported.ciphers),
    hmac: choose("MACs", asked.macs ?? macs, supported.macs),
    kex: choose("key exchange methods", asked.kex ?? kex, supported.kex),
    serverHostKey: choose("host key algorithms", asked.hostKey ?? hostKey, supported.hostKey),
    compress: compression ? ["zlib@openssh.com", "none"] : ["none"],
  };
}

function choose<T extends string>(what: string, asked: readonly string[], available: readonly T[]): T[] {
  const chosen = asked.flatMap((name) => available.filter((candidate) => candidate === name));
  if (chosen.length > 0) return chosen;
  throw new ScpConnectionError(
    "handshake",
    `None of the requested ${what} is available: ${asked.map((name) => JSON.stringify(name)).join(", ")}`,
    `Use one of ${available.join(", ")}`,
  );
}
