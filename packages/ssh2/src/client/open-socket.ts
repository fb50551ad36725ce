import { connect as connectTcp, type OnReadOpts, type Socket } from "node:net";
import { ScpConnectionError, type ScpConnectionErrorCode } from "@scpkit/core";
import { ReadBuffer } from "./read-buffer.ts";

// Bun and Deno have buffers of their own.
const readsIntoSlabs = !("Bun" in globalThis) && !("Deno" in globalThis);

/** Where {@link openSocket} connects to. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
  /** Address of this machine to connect from. @default as the system chooses */
  readonly localAddress?: string | undefined;
  /** Only IPv4 or only IPv6. @default both */
  readonly addressFamily?: 4 | 6 | undefined;
}

/**
 * Opens a TCP connection without Nagle's delay (with it small files go at eleven a second), probing a silent peer, and reading into
 * large pieces of memory where the runtime can. The caller owns the socket.
 *
 * @param signal aborted before the connection stands: the socket is destroyed and the promise rejects with the reason
 * @throws {ScpConnectionError} `refused`, `unreachable`, `name-not-found` or `timed-out`
 */
export function openSocket(address: SocketAddress, signal: AbortSignal): Promise<Socket> {
  const { host, port, localAddress, addressFamily } = address;
  return new Promise((resolve, reject) => {
    const socket: Socket = connectTcp({
      host,
      port,
      ...(readsIntoSlabs ? { onread: intoSlab((chunk) => socket.push(chunk)) } : {}),
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(addressFamily === undefined ? {} : { family: addressFamily }),
    });
    const abort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      socket.off("error", onError);
      // Until its next owner listens: an `error` without a listener ends the process.
      socket.on("error", () => {});
      socket.setNoDelay(true);
      socket.setKeepAlive(true);
      resolve(socket);
    });
    function onError(error: Error): void {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      reject(describeSocketError(error, host, port));
    }
    socket.on("error", onError);
    if (signal.aborted) abort();
  });
}

function intoSlab(push: (chunk: Buffer) => boolean): OnReadOpts {
  const slab = new ReadBuffer();
  return { buffer: () => slab.next(), callback: (count) => push(slab.take(count)) };
}

const causes: readonly {
  readonly code: ScpConnectionErrorCode;
  readonly errnos: readonly string[];
  readonly words: string;
  readonly hint: string;
}[] = [
  {
    code: "refused",
    errnos: ["ECONNREFUSED"],
    words: "The connection was refused",
    hint: "Check that an SSH server is running there, and its port",
  },
  {
    code: "name-not-found",
    errnos: ["ENOTFOUND", "EAI_AGAIN", "EAI_NONAME", "EAI_NODATA", "EAI_FAIL", "ENODATA", "ESERVFAIL"],
    words: "The host name is unknown",
    hint: "Check the spelling of the host name, and the name service of this machine",
  },
  {
    code: "timed-out",
    errnos: ["ETIMEDOUT", "ESOCKETTIMEDOUT"],
    words: "Nothing answered in time",
    hint: "Check the address, and whether a firewall drops the packets",
  },
];

function describeSocketError(error: Error, host: string, port: number): ScpConnectionError {
  const errno = errnoOf(error);
  const cause = causes.find(({ errnos }) => errnos.includes(errno));
  const where = `${JSON.stringify(host)} port ${port}`;
  if (cause !== undefined)
    return new ScpConnectionError(cause.code, `${cause.words}: ${where}`, cause.hint, { cause: error });
  const words = errno === "" ? error.message : errno;
  return new ScpConnectionError(
    "unreachable",
    `The host cannot be reached (${words}): ${where}`,
    "Check the network of this machine and the way to the host",
    { cause: error },
  );
}

/** Where several addresses were tried, the first one's. */
function errnoOf(error: Error): string {
  if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return errnoOf(error.errors[0]);
  // Deno has put some only into the words.
  return /\b(E[A-Z_]{4,})\b/.exec(error.message)?.[1] ?? "";
}
