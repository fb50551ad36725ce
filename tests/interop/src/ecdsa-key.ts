import { generateKeyPairSync } from "node:crypto";
import type { Ssh2KeyPair } from "@scpkit/ssh2/server";

const type = "ecdsa-sha2-nistp256";

/** Makes an ECDSA key over P-256 in PEM (SEC 1), the format that the oldest clients read. */
export function generateEcdsaKey(): Ssh2KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const blob = Buffer.concat(
    [Buffer.from(type), Buffer.from("nistp256"), point].flatMap((part) => [length(part), part]),
  );
  return {
    privateKey: privateKey.export({ type: "sec1", format: "pem" }).toString(),
    publicKey: `${type} ${blob.toString("base64")}`,
  };
}

function length(bytes: Buffer): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes.byteLength);
  return prefix;
}
