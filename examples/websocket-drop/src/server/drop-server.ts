import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createFsTarget, walk } from "@scpkit/fs";
import { createScpServer, type ScpServeOutcome } from "@scpkit/server";
import { WebSocketServer } from "ws";
import { maxMessageBytes } from "../websocket/message.ts";
import { acceptSession, type WebSocketSession } from "../websocket/session.ts";
import { buildPage, type PageFile } from "./build-page.ts";

/** Options of {@link startDropServer}. */
export interface DropServerOptions {
  /** The folder that is served; nothing outside it can be read or written. */
  readonly root: string;
  /** @default 0: any free port */
  readonly port?: number;
  /** Bytes one file may have; a larger one is refused before anything is stored. @default no limit */
  readonly maxFileBytes?: number;
  /** Told how each command ended. */
  readonly onOutcome?: (command: string, outcome: ScpServeOutcome) => void;
}

/** A server that runs. */
export interface DropServer {
  readonly url: string;
  /** Ends every transfer (an upload under way is rolled back) and the server. */
  close(): Promise<void>;
}

/** Serves the page, and answers scp commands over WebSockets that the page opens. Listens on loopback only. */
export async function startDropServer(options: DropServerOptions): Promise<DropServer> {
  const { root, port = 0, maxFileBytes = Number.POSITIVE_INFINITY } = options;
  const page = await buildPage();
  const scp = createScpServer<undefined>({
    target: ({ command: { preserve, targetIsDirectory } }, path) =>
      createFsTarget(path, { root, preserve, targetIsDirectory }),
    entries: ({ command: { recursive } }, path) => walk(path, { root, recursive }),
    limits: { maxFileBytes },
  });
  const http = createServer((request, response) => servePage(page, request, response));
  // A message is never longer than the page was told; ws closes the connection over one that is.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes });
  http.on("upgrade", (request, socket, head) => {
    if (request.url !== "/scp" || !isOwnPage(request)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      acceptSession(webSocket, (session) => void serve(session));
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    async close() {
      await scp.shutdown({ deadlineMs: 0 });
      for (const client of sockets.clients) client.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };

  async function serve({ command, channel }: WebSocketSession): Promise<void> {
    const outcome = await scp.serve(command, channel, {
      session: undefined,
      // The page's sink answers each record once.
      answersOnce: true,
    });
    if (!outcome.handled) await channel.exit(127);
    options.onOutcome?.(command, outcome);
  }
}

/**
 * Whether a WebSocket was opened by the page of this server. Any page in the same browser could try; and one whose name was made to
 * point to this machine would come with its own name as `Host`.
 */
function isOwnPage({ headers }: IncomingMessage): boolean {
  return isLoopback(headers.host) && headers.origin === `http://${headers.host}`;
}

function isLoopback(host: string | undefined): boolean {
  return /^(?:127\.0\.0\.1|localhost):\d+$/.test(host ?? "");
}

function servePage(
  page: ReadonlyMap<string, PageFile>,
  { headers, method, url = "/" }: IncomingMessage,
  response: ServerResponse,
): void {
  const found = method === "GET" && isLoopback(headers.host) ? page.get(url) : undefined;
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  response
    .writeHead(200, {
      "content-type": found.type,
      "cache-control": "no-store",
      "content-security-policy": `default-src 'self'; connect-src 'self' ws://${headers.host}; frame-ancestors 'none'`,
    })
    .end(found.body);
}
