// Runs on Deno with few permissions: starts an SSH server and logs in.
import { connect } from "@scpkit/ssh2";
import { generateHostKey, startSshServer } from "@scpkit/ssh2/server";

const { privateKey } = await generateHostKey();
const server = await startSshServer({
  hostKeys: [privateKey],
  host: "127.0.0.1",
  methods: ["password"],
  authenticate: () => ({}),
  exec: () => undefined,
});
const connection = await connect({
  host: server.host,
  port: server.port,
  username: "user",
  auth: [{ type: "password", password: "secret" }],
  verifyHostKey: () => true,
});
await connection.close();
await server.close();
