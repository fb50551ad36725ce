import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "@scpkit/test-support/free-port";
import { waitForGreeting } from "@scpkit/test-support/ssh-greeting";
import { scpkitProgram, start } from "./program.ts";
import { describeServer, type InteropServer, type KeyType, makeWorkplace } from "./workplace.ts";

/** The command `scpkit serve`, serving the workplace's `remote` to the user `ann`, the shell for WinSCP included. */
export async function startServeCommand(t: TestContext, keyType?: KeyType): Promise<InteropServer> {
  const place = makeWorkplace(t, keyType);
  const port = await freePort();
  const keys = [
    "--host-key",
    join(place.folder, "host_key"),
    "--authorized-keys",
    join(place.folder, "authorized_keys"),
  ];
  const options = ["--port", `${port}`, "--user", "ann", "--winscp", ...keys];
  const { child, ended } = start(t, process.execPath, [scpkitProgram, "serve", ...options, place.remote]);
  let log = "";
  void ended.then(({ stderr }) => {
    log = stderr;
  });
  await waitForGreeting(port, child, () => log);
  return describeServer(place, { port, username: "ann", path: (relative) => `/${relative}`, pid: child.pid });
}
