import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { ScpConnectionError } from "@scpkit/core";
import type { ResolvedHost } from "@scpkit/openssh";
import { openSocket } from "@scpkit/ssh2/socket";

/** A direct route to a host. */
export interface DirectRoute {
  /** The host's address, where known_hosts is to be asked about it besides the name: with `CheckHostIP`, and not for loopback. */
  readonly address: string | undefined;
  /** Resolves when it is open. Its rejection is always handled. */
  readonly socket: Promise<Socket>;
}

/**
 * Starts to connect. It does not load the SSH library, which takes longer than the server needs to answer.
 *
 * @throws {ScpConnectionError} the address family of the host is excluded
 */
export async function openDirectRoute(host: ResolvedHost, signal: AbortSignal): Promise<DirectRoute> {
  checkFamily(host);
  const address = await addressToCheck(host, signal);
  const socket = openSocket(
    {
      host: address ?? host.hostName,
      port: host.port,
      localAddress: host.bindAddress,
      addressFamily: addressFamilyOf(host),
    },
    signal,
  );
  socket.catch(() => {});
  return { address, socket };
}

/** `AddressFamily` as Node.js has it. */
export function addressFamilyOf({ addressFamily }: ResolvedHost): 4 | 6 | undefined {
  return addressFamily === "any" ? undefined : addressFamily === "inet" ? 4 : 6;
}

/** A numeric address of the other family is connected to by Node.js in spite of its option. */
function checkFamily(host: ResolvedHost): void {
  const family = isIP(host.hostName);
  const wanted = addressFamilyOf(host);
  if (family === 0 || wanted === undefined || family === wanted) return;
  throw new ScpConnectionError(
    "unreachable",
    `${JSON.stringify(host.hostName)} is an IPv${family} address, and only IPv${wanted} is to be used`,
    "Leave out -4, -6 and AddressFamily, or give another address",
  );
}

async function addressToCheck(host: ResolvedHost, signal: AbortSignal): Promise<string | undefined> {
  if (!host.checkHostIp || host.hostKeyAlias !== undefined) return undefined;
  try {
    const { address } = await lookup(host.hostName, { family: addressFamilyOf(host) ?? 0 });
    signal.throwIfAborted();
    return /^127\.|^::1$/.test(address) ? undefined : address;
  } catch {
    signal.throwIfAborted();
    // Connecting fails for the same reason and reports it.
    return undefined;
  }
}
