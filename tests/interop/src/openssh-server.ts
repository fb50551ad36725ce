import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "@scpkit/test-support/free-port";
import { waitForGreeting } from "@scpkit/test-support/ssh-greeting";
import { scpkitProgram } from "./program.ts";
import { describeServer, type InteropServer, type KeyType, makeWorkplace, type Workplace } from "./workplace.ts";

const sshd = "/usr/sbin/sshd";

/**
 * A real OpenSSH server on loopback. Skips the test and returns `undefined` where there is none.
 *
 * @param scp what its `scp` is: OpenSSH's own, or scpkit
 * @param settings lines of sshd_config
 */
export async function startOpensshServer(
  t: TestContext,
  scp: "openssh" | "scpkit",
  keyType?: KeyType,
  settings: readonly string[] = [],
): Promise<InteropServer | undefined> {
  if (!existsSync(sshd)) {
    t.skip("peer missing: sshd");
    return undefined;
  }
  const place = makeWorkplace(t, keyType);
  const username = userInfo().username;
  if (username === "root") mkdirSync("/run/sshd", { recursive: true });
  const port = await freePort();
  const config = [
    ...settings,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(place.folder, "host_key")}`,
    `PidFile ${join(place.folder, "sshd.pid")}`,
    `AuthorizedKeysFile ${join(place.folder, "authorized_keys")}`,
    "PermitRootLogin yes",
    "StrictModes no",
    "UsePAM no",
    "UseDNS no",
    // Another home: the shell of each session would read the start files of whoever runs the tests, and what those say.
    `SetEnv HOME=${place.folder} PATH=${scp === "scpkit" ? `${makeWrapper(place)}:` : ""}/usr/bin:/bin`,
  ];
  writeFileSync(join(place.folder, "sshd_config"), `${config.join("\n")}\n`);
  const child = spawn(sshd, ["-D", "-e", "-f", join(place.folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
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
  return describeServer(place, { port, username, path: (relative) => join(place.remote, relative), pid: child.pid });
}

/** Processes that a process has started, and those that they have started. */
export function descendants(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, "utf8").trim().split(" ") : [];
  return children.filter((text) => text !== "").flatMap((text) => [Number(text), ...descendants(Number(text))]);
}

/** A folder whose `scp` is scpkit. */
function makeWrapper(place: Workplace): string {
  const folder = join(place.folder, "bin");
  mkdirSync(folder);
  const file = join(folder, "scp");
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${scpkitProgram}' "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}
