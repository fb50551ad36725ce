import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";

/** An account that exists only for one server. It is root by another name, so that it can enter the directories of tests. */
export interface Account {
  readonly name: string;
  readonly password: string;
  readonly home: string;
}

/** Skips the test, and returns true, when a server cannot have its own accounts. They need root and a mount namespace. */
export function cannotAddAccounts(t: TestContext): boolean {
  const possible = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;
  if (!possible) t.skip("peer missing: sshd with accounts of its own (root and unshare)");
  return !possible;
}

/**
 * Returns a command line that runs `argv` where the account exists and PAM only checks passwords. The files for this are mounted over the
 * system's in a mount namespace of the process.
 */
export function withAccount(argv: readonly string[], folder: string, account: Account): string[] {
  const { name, password, home } = account;
  const hash = execFileSync("perl", ["-e", "print crypt($ARGV[0], '$6$scpkit$')", password], { encoding: "utf8" });
  const files = {
    "/etc/passwd": `${readFileSync("/etc/passwd", "utf8")}${name}:x:0:0::${home}:/bin/bash\n`,
    "/etc/shadow": `${name}:${hash}:19000:0:99999:7:::\n`,
    "/etc/pam.d/sshd": "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n",
  };
  const mounts = Object.entries(files).map(([path, content], index) => {
    const own = join(folder, `mounted-${index}`);
    writeFileSync(own, content, { mode: 0o600 });
    return `mount --bind '${own}' ${path}`;
  });
  return ["unshare", "--mount", "/bin/sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh", ...argv];
}
