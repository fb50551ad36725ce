import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { parseOptions } from "../src/command-line/parse.ts";
import { checkUserName, hasHost, type Operand, OperandError, parseOperand } from "../src/operands/operand.ts";
import { recordScp } from "./recorded-ssh.ts";

const local = (path: string): Operand => ({ type: "local", path });
const remote = (user: string | undefined, host: string, path: string, port?: number): Operand => ({
  type: "remote",
  user,
  host,
  port,
  path,
});

/** Operands that OpenSSH and scpkit read alike. */
const common: readonly (readonly [string, Operand])[] = [
  ["h:f", remote(undefined, "h", "f")],
  ["h:", remote(undefined, "h", ".")],
  ["u@h:f:g", remote("u", "h", "f:g")],
  ["u@v@h:f", remote("u@v", "h", "f")],
  ["@h:f", remote(undefined, "h", "f")],
  ["@:f", remote(undefined, "", "f")],
  ["C:x", remote(undefined, "C", "x")],
  ["C:\\x", remote(undefined, "C", "\\x")],
  ["-x@h:f", remote("-x", "h", "f")],
  ["-oProxyCommand=x:f", remote(undefined, "-oProxyCommand=x", "f")],
  ["h:-f", remote(undefined, "h", "-f")],
  ["h:~/x", remote(undefined, "h", "~/x")],
  ["h:a b", remote(undefined, "h", "a b")],
  ["[::1]:f", remote(undefined, "::1", "f")],
  ["u@[fe80::1%eth0]:f", remote("u", "fe80::1%eth0", "f")],
  ["[h]:f", remote(undefined, "h", "f")],
  ["[a:b", local("[a:b")],
  ["fe80::1:x", remote(undefined, "fe80", ":1:x")],
  ["scp://h", remote(undefined, "h", ".")],
  ["scp://h/", remote(undefined, "h", ".")],
  ["scp://h/p", remote(undefined, "h", "p")],
  ["scp://h//p", remote(undefined, "h", "/p")],
  ["scp://h:", remote(undefined, "h", ".")],
  ["scp://u@h:2222/a%20b+c%2Bd", remote("u", "h", "a b c+d", 2222)],
  ["scp://u;x=y@h/p", remote("u", "h", "p")],
  ["scp://u%40v@h/p", remote("u@v", "h", "p")],
  ["scp://h_1.x-y/p?q#r", remote(undefined, "h_1.x-y", "p?q#r")],
  ["scp://h./p", remote(undefined, "h", "p")],
  ["scp://h/%C3%A9", remote(undefined, "h", "é")],
  ["./a:b", local("./a:b")],
  ["/x:y", local("/x:y")],
  ["dir/c:d", local("dir/c:d")],
  [":f", local(":f")],
  ["plain", local("plain")],
  ["", local("")],
];

const invalid: readonly string[] = [
  "scp://",
  "scp:///p",
  "scp://@h/p",
  "scp://;x@h/p",
  "scp://u@v@h/p",
  "scp://h:0/p",
  "scp://h:70000/p",
  "scp://h:/p",
  "scp://h:x/p",
  "scp://-h/p",
  "scp://.h/p",
  "scp://a..b/p",
  "scp://h!/p",
  "scp://h/%",
  "scp://h/%4",
  "scp://h/%zz",
  "scp://h/a%00b",
  "scp://u%00@h/p",
];

/** The remote side of a recorded `scp … SOURCE .` */
function recorded(text: string): Operand | string {
  const { calls, stderr } = recordScp(["--", text, "."]);
  const call = calls[0];
  if (call === undefined) return stderr.trim();
  const end = call.indexOf("--", call.indexOf("-oForwardAgent=no"));
  const value = (flag: string): string | undefined => {
    const index = call.indexOf(flag, call.indexOf("-oForwardAgent=no"));
    return index < 0 || index > end ? undefined : call[index + 1];
  };
  const port = value("-p");
  const path = (call[end + 2] ?? "").replace(/^scp -f (-- )?/, "");
  return remote(value("-l"), call[end + 1] ?? "", path, port === undefined ? undefined : Number(port));
}

describe("parseOperand", () => {
  for (const [text, expected] of common) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseOperand(text, { windows: false }), expected);
      assert.equal(hasHost(text, { windows: false }), expected.type === "remote");
    });
  }

  it("refuses malformed URIs with scp's words", () => {
    for (const text of invalid) {
      assert.throws(
        () => parseOperand(text),
        { name: "OperandError", message: `${text}: invalid uri`, hint: /scp:\/\/\[user@\]host/ },
        text,
      );
      assert.equal(hasHost(text), true, text);
    }
  });

  it("reads what scp reads from the same text", (t) => {
    if (isMissing(t, "scp")) return;
    for (const [text, expected] of common) {
      if (expected.type === "local") continue;
      assert.deepEqual(recorded(text), expected, text);
    }
    for (const text of invalid) assert.equal(recorded(text), `${text}: invalid uri`);
  });

  it("accepts URIs that OpenSSH cannot express or misreads", () => {
    assert.deepEqual(parseOperand("scp://[::1]:22/x"), remote(undefined, "::1", "x", 22));
    assert.deepEqual(parseOperand("scp://u@[fe80::1%25eth0]/x"), remote("u", "fe80::1%eth0", "x"));
    assert.deepEqual(parseOperand("scp://h/a@b"), remote(undefined, "h", "a@b"));
    for (const text of ["scp://[::1/x", "scp://[]/x", "scp://[h]/x", "scp://[::1]x/y", "scp://h/%FF"]) {
      assert.throws(() => parseOperand(text), OperandError, text);
    }
  });

  it("takes drive letters for local paths on Windows", () => {
    const windows = { windows: true };
    for (const text of ["C:\\x", "c:/x", "C:", "dir\\a:b", "\\\\server\\share:x"]) {
      assert.deepEqual(parseOperand(text, windows), local(text));
    }
    assert.deepEqual(parseOperand("C:x", windows), remote(undefined, "C", "x"));
    assert.deepEqual(parseOperand("hh:\\x", windows), remote(undefined, "hh", "\\x"));
  });
});

describe("checkUserName", () => {
  it("refuses what scp refuses", (t) => {
    const skip = isMissing(t, "scp");
    for (const user of ["a'b", 'a"b', "a`b", "a b", "a#b", "é"]) {
      assert.throws(() => checkUserName(user), {
        name: "OperandError",
        message: `${user}: invalid user name`,
        hint: /^Set the user with -o User=name/,
      });
      if (!skip) assert.equal(recordScp(["--", `${user}@h:f`, "."]).stderr.trim(), `${user}: invalid user name`);
    }
    for (const user of ["a;b", "a$b", "a|b", "-l", "DOMAIN\\u"]) checkUserName(user);
  });
});

describe("sshArguments", () => {
  it("are the words that scp hands to ssh, in its order", (t) => {
    if (isMissing(t, "scp")) return;
    for (const argv of [
      ["-A46BCqv", "-c", "aes128-ctr", "-oA=1", "-i", "k", "-Fconf", "-J", "a,b", "-vv"],
      ["-rpT3", "-l8000", "-P22", "-2", "-o", "Port=1", "-C"],
      ["-qB"],
    ]) {
      const call = recordScp([...argv, "h:f", "."]).calls[0] ?? [];
      const passed = call.slice(call.indexOf("-oRequestTTY=no") + 1, call.indexOf("-oForwardAgent=no"));
      const command = parseOptions([...argv, "h:f", "."]);
      assert.deepEqual(command.type === "copy" && command.options.sshArguments, passed);
    }
  });
});
