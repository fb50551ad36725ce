import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type KeywordSupport, keywordSupport } from "../src/config/reader/keyword-support.ts";
import { keywordNames } from "../src/config/reader/keywords.ts";
import { type ResolvedHost, resolveHost, SshConfigError } from "../src/config.ts";
import { peerMissing, run, withFolder } from "./peers.ts";

const documentFile = join(import.meta.dirname, "..", "..", "..", "docs", "cli", "ssh-config.md");

/** What the documentation says of each effect, in the order of its sections. */
const effects: Readonly<Record<KeywordSupport["effect"], string>> = {
  obeyed: "obeyed",
  rejected: "rejected where it applies",
  named: "not supported, named where the connection fails",
  "as scp": "no effect, as in scp",
  none: "no effect",
};

function tableOf(): string {
  const rows = Object.entries(keywordSupport).map(([keyword, { effect, note = "" }]) => {
    return `| \`${keyword}\` | ${effects[effect]} | ${note} |`;
  });
  return ["| keyword | effect | note |", "|---|---|---|", ...rows].join("\n");
}

const beginning = "<!-- keywords -->\n";
const end = "\n<!-- end of keywords -->";

async function resolveWith(lines: readonly string[]): Promise<ResolvedHost> {
  return withFolder(async (folder) => {
    const configFile = join(folder, "config");
    writeFileSync(configFile, lines.join("\n"));
    return resolveHost("alpha", { configFile });
  });
}

/** A line on which a keyword that restricts applies, and one on which it does not. */
const restricting: Readonly<Record<string, { readonly applies: readonly string[]; readonly not: readonly string[] }>> =
  {
    BindInterface: { applies: ["BindInterface eth0"], not: [] },
    ChannelTimeout: {
      applies: ["ChannelTimeout session:*=5m", "ChannelTimeout agent*=1m global=1h", "ChannelTimeout *=1s"],
      not: ["ChannelTimeout none", "ChannelTimeout session:shell=5m direct-tcpip=1m", "ChannelTimeout session=0"],
    },
    KbdInteractiveDevices: { applies: ["KbdInteractiveDevices pam"], not: [] },
    KnownHostsCommand: { applies: ["KnownHostsCommand /bin/keys %H"], not: ["KnownHostsCommand none"] },
    ProxyUseFdpass: {
      applies: ["ProxyUseFdpass yes\nProxyCommand x"],
      not: ["ProxyUseFdpass no\nProxyCommand x", "ProxyUseFdpass yes", "ProxyUseFdpass yes\nProxyCommand none"],
    },
  };
const opening: typeof restricting = {
  CanonicalizePermittedCNAMEs: {
    applies: ["CanonicalizeHostname always\nCanonicalizePermittedCNAMEs *.a:*.b"],
    not: ["CanonicalizePermittedCNAMEs *.a:*.b", "CanonicalizeHostname yes\nCanonicalizePermittedCNAMEs none"],
  },
  CertificateFile: { applies: ["CertificateFile ~/cert"], not: ["CertificateFile none"] },
  ControlPath: { applies: ["ControlPath ~/%C"], not: ["ControlPath none"] },
  GSSAPIAuthentication: { applies: ["GSSAPIAuthentication yes"], not: ["GSSAPIAuthentication no"] },
  GSSAPIKeyExchange: { applies: ["GSSAPIKeyExchange yes"], not: ["GSSAPIKeyExchange no"] },
  HostbasedAuthentication: { applies: ["HostbasedAuthentication yes"], not: ["HostbasedAuthentication no"] },
  NoHostAuthenticationForLocalhost: {
    applies: ["NoHostAuthenticationForLocalhost yes"],
    not: ["NoHostAuthenticationForLocalhost no"],
  },
  PKCS11Provider: { applies: ["PKCS11Provider /lib/x.so"], not: ["PKCS11Provider none"] },
  SecurityKeyProvider: { applies: ["SecurityKeyProvider /lib/x.so"], not: ["SecurityKeyProvider none"] },
  VerifyHostKeyDNS: { applies: ["VerifyHostKeyDNS ask", "VerifyHostKeyDNS yes"], not: ["VerifyHostKeyDNS no"] },
};

function keywordsWith(effect: KeywordSupport["effect"]): string[] {
  // findKeyword knows Apple's keyword on macOS only.
  return Object.keys(keywordSupport).filter(
    (name) => keywordSupport[name]?.effect === effect && name !== "UseKeychain",
  );
}

describe("every keyword of ssh_config", () => {
  it("is obeyed, rejected, named, or has no effect", () => {
    const decided = new Set(Object.keys(keywordSupport).map((keyword) => keyword.toLowerCase()));
    for (const name of keywordNames) assert.ok(decided.has(name), name);
    for (const name of ["host", "match", "include", "usekeychain"]) decided.delete(name);
    assert.deepEqual(
      [...decided].filter((name) => !keywordNames.includes(name)),
      [],
    );
  });

  it("of the manual is in the table", async (t) => {
    const manual = await run("man", ["ssh_config"], { MANWIDTH: "200", LC_ALL: "C" }).catch(() => undefined);
    if (manual === undefined || manual.code !== 0 || peerMissing("ssh") !== undefined) return t.skip("no manual here");
    const indent = / *(?=Host\b.*Restricts)/.exec(manual.stdout)?.[0] ?? "     ";
    const names = [...manual.stdout.matchAll(new RegExp(`^${indent}([A-Z][A-Za-z0-9]+)(?:  | *$)`, "gm"))];
    assert.ok(names.length > 80, String(names.length));
    const known = new Set(Object.keys(keywordSupport).map((keyword) => keyword.toLowerCase()));
    for (const [, name = ""] of names) assert.ok(known.has(name.toLowerCase()), name);
  });

  it("that restricts and cannot be obeyed is rejected with the line and a way out", async () => {
    assert.deepEqual(Object.keys(restricting), keywordsWith("rejected"));
    for (const [keyword, { applies, not }] of Object.entries(restricting)) {
      for (const line of applies) {
        await assert.rejects(resolveWith(["", line]), (error) => {
          assert.ok(error instanceof SshConfigError, String(error));
          assert.deepEqual([error.code, error.line], ["unsupported", 2]);
          assert.match(error.message, new RegExp(` line 2: ${keyword} is not supported: `));
          assert.match(error.hint, /-S ssh/);
          return true;
        });
        // It counts where it is set for this host, and nowhere else.
        await resolveWith(["Host beta", line]);
      }
      for (const line of not) await resolveWith([line]);
    }
  });

  it("that opens a way and is not supported is named", async () => {
    assert.deepEqual(Object.keys(opening), keywordsWith("named"));
    for (const [keyword, { applies, not }] of Object.entries(opening)) {
      for (const line of applies) {
        const { unsupported } = await resolveWith(["", line]);
        assert.deepEqual(
          unsupported.map((entry) => entry.keyword),
          [keyword],
          line,
        );
        assert.match(unsupported[0]?.file ?? "", /config$/);
      }
      for (const line of not) assert.deepEqual((await resolveWith([line])).unsupported, [], line);
    }
  });

  it("has its row in docs/cli/ssh-config.md", () => {
    const text = readFileSync(documentFile, "utf8");
    const [before = "", rest = ""] = text.split(beginning);
    const [table, after = ""] = rest.split(end);
    if (process.env.SCPKIT_UPDATE_DOCS === "1") {
      writeFileSync(documentFile, `${before}${beginning}${tableOf()}${end}${after}`);
      return;
    }
    assert.deepEqual(table?.split("\n"), tableOf().split("\n"));
  });
});
