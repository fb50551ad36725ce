import { generateKeyPairSync } from "node:crypto";
import ssh2, { type AuthContext, type Connection, type ServerConfig, type Session } from "ssh2";

/** An ssh2 server inside the test's process. */
export interface EmbeddedServer {
  readonly port: number;
  /** Base64 of its key as on the wire. */
  readonly hostKey: string;
  /** Connections that are open now. */
  readonly connections: ReadonlySet<Connection>;
  stop(): Promise<void>;
}

/** What a test's server does. */
export interface EmbeddedServerOptions extends Partial<ServerConfig> {
  readonly onAuth?: (context: AuthContext, connection: Connection) => void;
  readonly onSession?: (session: Session, connection: Connection) => void;
}

/** Starts a server on loopback that lets everybody in unless `onAuth` decides. */
export async function startEmbedded(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const { onAuth, onSession, ...config } = options;
  const hostKey = generateHostKey();
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey], ...config }, (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => {});
    connection.on("authentication", (context: AuthContext) => {
      if (onAuth === undefined) context.accept();
      else onAuth(context, connection);
    });
    connection.on("session", (accept: () => Session) => onSession?.(accept(), connection));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return {
    port: address.port,
    hostKey: hostKey.publicKey,
    connections,
    stop: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Not by ssh2's own generator: on Deno some of its keys cannot be read. */
function generateHostKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || Array.isArray(parsed)) throw new Error("ssh2 cannot read the generated key");
  return { privateKey, publicKey: parsed.getPublicSSH().toString("base64") };
}
