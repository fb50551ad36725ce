import { agentSocket, findIdentities, type ResolvedHost, readKeyFile } from "@scpkit/openssh";
import { readPublicKey } from "@scpkit/ssh2";

/** A key that the configuration names, or that has a default name and exists. */
export interface UserKey {
  readonly path: string;
  /** The contents of the file. `undefined`: it does not exist, or `problem` says why it could not be read. */
  readonly data: Uint8Array | undefined;
  /** See `readKeyFile`: when it is set, a private key in `data` must not be used. */
  readonly openMode: number | undefined;
  /** Why the file could not be read. */
  readonly problem: unknown;
  /** As on the wire, from the file itself or from the `.pub` file beside it. */
  readonly publicKey: Uint8Array | undefined;
}

/** The keys of this side for one host. */
export interface UserKeys {
  readonly files: readonly UserKey[];
  /** Socket of the agent. */
  readonly agent: string | undefined;
  /** Certificates that OpenSSH would use. ssh2 cannot. */
  readonly certificates: readonly string[];
}

/**
 * Reads the key files of a host once, whatever they hold. A file that cannot be read is reported when its turn comes.
 */
export async function readUserKeys(host: ResolvedHost): Promise<UserKeys> {
  const identities = await findIdentities(host);
  const files = await Promise.all(
    identities.map(({ path, exists, publicKeyFile }) => readUserKey(path, exists, publicKeyFile)),
  );
  const beside = identities.flatMap(({ certificateFile }) => certificateFile ?? []);
  return { files, agent: agentSocket(host), certificates: [...host.certificateFiles, ...beside] };
}

async function readUserKey(path: string, exists: boolean, publicKeyFile: string | undefined): Promise<UserKey> {
  const read = exists ? await tryReading(path) : undefined;
  const beside = async (): Promise<Uint8Array | undefined> =>
    publicKeyFile === undefined ? undefined : publicKeyOf((await tryReading(publicKeyFile)).data);
  return {
    path,
    data: read?.data,
    openMode: read?.openMode,
    problem: read?.problem,
    publicKey: publicKeyOf(read?.data) ?? (await beside()),
  };
}

async function tryReading(path: string): Promise<Pick<UserKey, "data" | "openMode" | "problem">> {
  try {
    return { ...(await readKeyFile(path)), problem: undefined };
  } catch (problem) {
    return { data: undefined, openMode: undefined, problem };
  }
}

function publicKeyOf(data: Uint8Array | undefined): Uint8Array | undefined {
  return data === undefined ? undefined : readPublicKey(data);
}
