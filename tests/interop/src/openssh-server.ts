import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { launchSshd } from "@scpkit/test-support/sshd";
import { scpkitProgram } from "./program.ts";
import { describeServer, type InteropServer, type KeyType, makeWorkplace, type Workplace } from "./workplace.ts";

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
  if (isMissing(t, "sshd")) return undefined;
  const place = makeWorkplace(t, keyType);
  const path = `${scp === "scpkit" ? `${makeWrapper(place)}:` : ""}/usr/bin:/bin`;
  const server = await launchSshd(place.folder, [
    ...settings,
    `HostKey ${join(place.folder, "host_key")}`,
    `AuthorizedKeysFile ${join(place.folder, "authorized_keys")}`,
    // With the real home, the shell of each session would run the start files of the user who runs the tests.
    `SetEnv HOME=${place.folder} PATH=${path}`,
  ]);
  t.after(() => server.stop());
  const { port, pid } = server;
  const { username } = userInfo();
  return describeServer(place, { port, pid, username, path: (relative) => join(place.remote, relative) });
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
