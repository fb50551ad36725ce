import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import SSHConfig from "ssh-config";
import { resolveHost } from "../src/config.ts";
import { parseDump, peerMissing, run, withFolder } from "./peers.ts";

const skip = peerMissing("ssh") ?? false;

/** Lines that people write, and the keyword whose value is looked at. */
const lines: readonly (readonly [keyword: string, text: string])[] = [
  ["user", "User 'a b'"],
  ["user", "User a#b"],
  ["user", 'User a"b c"d'],
  ["user", '"User" x'],
  ["user", "Host 'h'\nUser x"],
  ["user", "Match exec true\nUser x"],
  ["hostname", "Match !host x\nHostName m"],
  ["identityfile", "IdentityFile '/a b'"],
  ["proxycommand", "ProxyCommand nc '-x =y' # z"],
];

describe("what the library ssh-config makes of a file", { skip }, () => {
  for (const [keyword, text] of lines) {
    it(`is not what ssh and this package make of it: ${JSON.stringify(text)}`, async () => {
      await withFolder(async (folder) => {
        const configFile = join(folder, "config");
        writeFileSync(configFile, `${text}\n`);
        const { stdout } = await run("ssh", ["-G", "-F", configFile, "h"]);
        const [expected] = parseDump(stdout).get(keyword) ?? [];
        const host = await resolveHost("h", { configFile, matchExec: async () => true });
        const ours = { ...host, hostname: host.hostName, identityfile: host.identityFiles[0] };
        assert.equal(Reflect.get({ ...ours, proxycommand: host.proxyCommand }, keyword), expected);
        assert.notEqual(byLibrary(text, keyword), expected);
      });
    });
  }
});

function byLibrary(text: string, keyword: string): string | undefined {
  const found = SSHConfig.parse(text).compute("h", { ignoreCase: true });
  const value = Object.entries(found).find(([name]) => name.toLowerCase() === keyword)?.[1];
  return Array.isArray(value) ? value[0] : value;
}
