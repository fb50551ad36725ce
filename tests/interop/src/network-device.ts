import { spawn } from "node:child_process";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "@scpkit/test-support/free-port";
import { isMissing } from "@scpkit/test-support/programs";
import { waitForGreeting } from "@scpkit/test-support/ssh-greeting";
import { describeServer, type InteropServer, makeWorkplace } from "./workplace.ts";

/** How a {@link startNetworkDevice} differs from a common server; `foreign/network-device.py` explains each. */
export type DeviceMode =
  | "eof-aborts"
  | "status-first"
  | "status-early"
  | "talks-on"
  | "one-session"
  | "one-command"
  | "ends-with-it";

/** Starts an SSH server that behaves like a network device. Skips the test and returns `undefined` without paramiko. */
export async function startNetworkDevice(t: TestContext, mode: DeviceMode): Promise<InteropServer | undefined> {
  if (isMissing(t, "python3-paramiko", "/usr/bin/python3", ["-W", "ignore", "-c", "import paramiko"])) return undefined;
  const place = makeWorkplace(t, "ecdsa");
  const port = await freePort();
  const script = join(import.meta.dirname, "foreign", "network-device.py");
  const child = spawn("/usr/bin/python3", ["-W", "ignore", script, `${port}`, mode, place.remote], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOST_KEY: join(place.folder, "host_key") },
  });
  const gone = new Promise((resolve) => child.once("close", resolve));
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  t.after(async () => {
    child.kill("SIGTERM");
    await gone;
  });
  await waitForGreeting(port, child, () => log);
  return describeServer(place, { port, username: userInfo().username, path: (relative) => relative });
}
