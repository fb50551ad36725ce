import { connect as connectTcp, type OnReadOpts, type Socket } from "node:net";
import { ScpConnectionError, type ScpConnectionErrorCode } from "@scpkit/core";
import { ReadBuffer } from "./read-buffer.ts";

// Bun and Deno use their own buffers.
const readsIntoSlabs = !("Bun" in globalThis) && !("Deno" in globalThis);

/** The address that {@link openSocket} connects to. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
  /** Local address to connect from. @default chosen by the system */
  readonly localAddress?: string | undefined;
  /** Uses only IPv4 or only IPv6. @default both */
  readonly addressFamily?: 4 | 6 | undefined;
}

/**
 * Opens a TCP connection. It disables Nagle's algorithm, which limits small files to eleven per second, enables TCP
 * keepalive, and reads into large buffers if the runtime supports it. The caller owns the socket.
 *
 * @param signal aborts the attempt: the socket is destroyed and the promise rejects with the reason
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
      // An `error` event without a listener ends the process. The next owner adds its own listener.
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
    hint: "Check the spelling of the host name and this machine's DNS settings",
  },
  {
    code: "timed-out",
    errnos: ["ETIMEDOUT", "ESOCKETTIMEDOUT"],
    words: "The server did not answer in time",
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
    "Check this machine's network and the route to the host",
    { cause: error },
  );
}

/** Returns the errno name. If several addresses were tried, returns that of the first one. */
function errnoOf(error: Error): string {
  if ("code" in error && typeof error.code === "string" && error.code !== "") return error.code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return errnoOf(error.errors[0]);
  // Deno reports some errno names only in the message.
  return /\b(E[A-Z_]{4,})\b/.exec(error.message)?.[1] ?? "";
}
