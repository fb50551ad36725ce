import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { generateKey } from "@scpkit/test-support/processes";
import { findProgram, isMissing } from "@scpkit/test-support/programs";
import { authorize, startSshd, type TestSshd } from "@scpkit/test-support/sshd";
import { cannotAddAccounts } from "@scpkit/test-support/sshd-account";
import type { AuthContext } from "ssh2";
import { startEmbedded } from "./support/embedded-server.ts";
import { createSandbox, type Sandbox } from "./support/sandbox.ts";
import { noTerminal, onTerminal, type Step, type TerminalOptions } from "./support/terminal-session.ts";

let server: TestSshd | undefined;

before(async () => {
  if (findProgram("sshd") !== undefined) server = await startSshd();
});

after(() => server?.stop());

interface Place extends Sandbox {
  /** A fresh folder on the server, and how operands call it. */
  readonly remote: string;
  readonly at: string;
  scp(
    argv: readonly string[],
    steps?: readonly Step[],
    options?: TerminalOptions,
  ): Promise<{ readonly shown: string; readonly status: number }>;
}

function missing(t: TestContext): boolean {
  return noTerminal(t) || isMissing(t, "sshd");
}

function setUp(t: TestContext, host?: (one: TestSshd) => Parameters<typeof createSandbox>[0]): Place {
  if (server === undefined) throw new Error("No sshd");
  const box = createSandbox(host?.(server) ?? { h: server });
  const remote = mkdtempSync(join(server.home, "t-"));
  t.after(() => {
    box.remove();
    rmSync(remote, { recursive: true });
  });
  return {
    ...box,
    remote,
    at: `h:${remote}`,
    scp: (argv, steps = [], options = {}) =>
      onTerminal(["-F", box.config, ...argv], { cwd: box.folder, steps, ...options }),
  };
}

describe("a prompt", () => {
  it("asks about a host key that is not known, with its fingerprint, until it hears yes", async (t) => {
    if (missing(t)) return;
    const box = setUp(t, ({ port, key }) => ({ h: { port, key } }));
    writeFileSync(join(box.remote, "f"), "f");
    const { shown, status } = await box.scp(
      [`${box.at}/f`, "f"],
      [
        { expect: "SHA256:[A-Za-z0-9+/]{43}.*yes/no/\\[fingerprint\\]\\)\\? ", send: "maybe\r" },
        { expect: "Please type 'yes', 'no' or the fingerprint: ", send: "yes\r" },
        { expect: "Warning: Permanently added" },
      ],
    );
    assert.equal(status, 0, shown);
    assert.equal(box.read("f"), "f");
    assert.equal(readFileSync(box.knownHosts, "utf8"), `[127.0.0.1]:${server?.port} ${server?.hostKey}\n`);
  });

  it("takes no for an answer", async (t) => {
    if (missing(t)) return;
    const box = setUp(t, ({ port, key }) => ({ h: { port, key } }));
    const { status } = await box.scp([`${box.at}/f`, "f"], [{ expect: "\\)\\? ", send: "no\r" }]);
    assert.equal(status, 1);
    assert.equal(readFileSync(box.knownHosts, "utf8"), "");
  });

  it("asks nothing in batch mode", async (t) => {
    if (missing(t)) return;
    const box = setUp(t, ({ port, key }) => ({ h: { port, key } }));
    const { shown, status } = await box.scp(["-B", `${box.at}/f`, "f"]);
    assert.equal(status, 1);
    assert.doesNotMatch(shown, /\?/);
  });

  it("asks for the passphrase of a key, again after a wrong one, on the terminal and not on standard input", async (t) => {
    if (missing(t) || server === undefined) return;
    const box = setUp(t, ({ port, hostKey }) => ({ h: { port, hostKey, key: "%d/../locked" } }));
    const key = box.path("locked");
    generateKey(key, ["-N", "secret"]);
    authorize(server, `${key}.pub`);
    writeFileSync(box.config, readFileSync(box.config, "utf8").replace("%d/../locked", key));
    writeFileSync(join(box.remote, "f"), "f");
    const { shown, status } = await box.scp(
      [`${box.at}/f`, "f"],
      [
        { expect: `Enter passphrase for key '${key}': `, send: "wrong\r" },
        { expect: `Enter passphrase for key '${key}': `, send: "secret\r" },
      ],
      { stdin: "null" },
    );
    assert.equal(status, 0, shown);
    assert.doesNotMatch(shown, /wrong|secret/);
    assert.equal(box.read("f"), "f");
  });

  it("asks for a password, three times at most, or as often as the configuration says", async (t) => {
    if (noTerminal(t)) return;
    const onAuth = (context: AuthContext): void => {
      if (context.method === "password" && context.password === "open sesame") context.accept();
      else context.reject(["password"]);
    };
    const box = createSandbox();
    t.after(() => box.remove());
    mkdirSync(box.path("there"));
    box.write("there/f", "f");
    const embedded = await startEmbedded(box.path("there"), onAuth);
    t.after(() => embedded.stop());
    const argv = embeddedOptions(box, embedded);
    const good = await onTerminal([...argv, "ali@h:f", box.path("f")], {
      steps: [
        { expect: "ali@h's password: ", send: "sesame\r" },
        { expect: "ali@h's password: ", send: "open sesame\r" },
      ],
    });
    assert.equal(good.status, 0, good.shown);
    assert.doesNotMatch(good.shown, /sesame/);
    assert.equal(box.read("f"), "f");
    const wrong: Step = { expect: "password: ", send: "x\r" };
    const bad = await onTerminal([...argv, "ali@h:f", box.path("g")], { steps: [wrong, wrong, wrong] });
    assert.equal(bad.status, 1);
    assert.match(bad.shown, /scpkit: .*password/);
    for (const times of [1, 4]) {
      const options = ["-o", `NumberOfPasswordPrompts=${times}`];
      const steps = Array.from({ length: times }, () => wrong);
      const { shown } = await onTerminal([...options, ...argv, "ali@h:f", box.path("g")], { steps });
      assert.equal(shown.match(/password: /g)?.length, times);
    }
    assert.ok(!existsSync(box.path("g")));
  });

  it("logs in to a real sshd with a password, and by keyboard-interactive through PAM", async (t) => {
    if (missing(t) || cannotAddAccounts(t)) return;
    const account = { name: "ali", password: "open sesame" };
    const own = await startSshd({ account });
    t.after(() => own.stop());
    const box = setUp(t, () => ({ h: { port: own.port, hostKey: own.hostKey } }));
    writeFileSync(join(own.home, "f"), "f");
    const questions = { password: "ali@h's password: ", "keyboard-interactive": "\\(ali@h\\) Password: " };
    for (const [method, expect] of Object.entries(questions)) {
      const { status, shown } = await box.scp(
        ["-o", `PreferredAuthentications=${method}`, "ali@h:f", method],
        [
          { expect, send: "sesame\r" },
          { expect, send: "open sesame\r" },
        ],
      );
      assert.equal(status, 0, shown);
      assert.equal(readFileSync(box.path(method), "utf8"), "f");
      assert.doesNotMatch(shown, /sesame/);
    }
  });

  it("passes the questions of keyboard-interactive on, naming the host, without control characters", async (t) => {
    if (noTerminal(t)) return;
    const onAuth = (context: AuthContext): void => {
      if (context.method !== "keyboard-interactive") {
        context.reject(["keyboard-interactive"]);
        return;
      }
      const prompts = [
        { prompt: "Code\x1b]0;evil\x07: ", echo: true },
        { prompt: "PIN: ", echo: false },
      ];
      context.prompt(prompts, "Two factors", "Have both ready", (answers) => {
        if (answers.join() === "1234,secret") context.accept();
        else context.reject(["keyboard-interactive"]);
      });
    };
    const box = createSandbox();
    t.after(() => box.remove());
    box.write("there/f", "f");
    const embedded = await startEmbedded(box.path("there"), onAuth);
    t.after(() => embedded.stop());
    const { shown, status } = await onTerminal([...embeddedOptions(box, embedded), "ali@h:f", box.path("f")], {
      steps: [
        { expect: "Two factors.*Have both ready.*\\(ali@h\\) Code\\\\033\\]0;evil\\\\007: ", send: "1234\r" },
        { expect: "\\(ali@h\\) PIN: ", send: "secret\r" },
      ],
    });
    assert.equal(status, 0, shown);
    assert.doesNotMatch(shown, /secret|\x1b\]/);
    assert.equal(box.read("f"), "f");
  });

  it("is given up with Ctrl-C", async (t) => {
    if (missing(t)) return;
    const box = setUp(t, ({ port, key }) => ({ h: { port, key } }));
    const { status } = await box.scp([`${box.at}/f`, "f"], [{ expect: "\\)\\? ", send: "\x03" }]);
    assert.equal(status, 1);
  });

  function embeddedOptions(box: Sandbox, { port, hostKey }: { port: number; hostKey: string }): string[] {
    writeFileSync(box.knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`);
    return ["-F", box.config, "-o", "HostName=127.0.0.1", "-P", String(port), "-o", "IdentityFile=none"];
  }
});

describe("progress on a terminal", () => {
  it("is scp's line for a file", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    writeFileSync(join(box.remote, "file"), Buffer.alloc(20_000));
    const { shown, status } = await box.scp([`${box.at}/file`, "."]);
    assert.equal(status, 0);
    const last =
      shown
        .trimEnd()
        .split(/[\r\n]+/)
        .at(-1) ?? "";
    assert.match(last, /^file {42}100% {3}20KB +\d+\.\d[KM]B\/s {3}00:0\d *$/);
  });

  it("has a line for the whole of a tree, and closing words", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    for (const name of ["a", "b", "d/c"]) box.write(`tree/${name}`, name);
    const { shown, status } = await box.scp(["-r", "tree", box.at]);
    assert.equal(status, 0);
    assert.match(shown, /Total: 3\/3 files +100%/);
    assert.match(shown, /\nscpkit: 3 files, 2 directories, 5 bytes in 00:0\d \(/);
  });

  it("has a line for each of several files on their way, above that of the whole", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    for (const name of ["a", "b", "c"]) box.write(`tree/${name}`, Buffer.alloc(400_000));
    const { shown, status } = await box.scp(
      ["--parallel", "3", "-l", "8000", "-r", "tree", box.at],
      [{ expect: "(?:[abc] +\\d+%[^\n]*\n\r){3}Total: 0/3 files +[1-9]\\d?% [^\n]*(?:ETA|stalled)" }],
    );
    assert.equal(status, 0, shown);
    assert.match(shown, /Total: 3\/3 files +100% 1172KB/);
  });

  it("is plain lines, or JSON, on a terminal too where that is asked for", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    for (const name of ["a", "b\x1b[31m"]) box.write(`tree/${name}`, name);
    const plain = await box.scp(["--progress=plain", "-r", "tree", box.at]);
    assert.equal(plain.status, 0, plain.shown);
    const lines = plain.shown.trimEnd().split("\r\n");
    assert.deepEqual(lines.map((line) => line.replace(/: .*/, "")).toSorted(), ["tree/a", "tree/b\\033[31m"]);
    assert.doesNotMatch(plain.shown, /\x1b|\r(?!\n)/);
    const json = await box.scp(["--progress=json", "-r", "tree", box.at]);
    const events = json.shown
      .trimEnd()
      .split("\r\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(events[0], { event: "begin", schema: 1 });
    assert.deepEqual(
      events
        .filter(({ event }) => event === "finish")
        .map(({ path }) => path)
        .toSorted(),
      ["tree/a", "tree/b\x1b[31m"],
    );
    const { event, files, bytes, failures } = events.at(-1);
    assert.deepEqual({ event, files, bytes, failures }, { event: "end", files: 2, bytes: 7, failures: 0 });
  });

  it("is not there with -q", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    box.write("tree/a", "a");
    const { shown, status } = await box.scp(["-qr", "tree", box.at]);
    assert.deepEqual({ shown, status }, { shown: "", status: 0 });
  });

  it("follows the size of the terminal", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    writeFileSync(join(box.remote, "file"), Buffer.alloc(200_000));
    const { shown, status } = await box.scp(
      ["-l", "1600", `${box.at}/file`, "."],
      [
        { expect: "file {42,44}[1-9]", resize: [24, 60] },
        { expect: "file {22,24}[1-9]", resize: [24, 100] },
        { expect: "file {62,64}[1-9]" },
      ],
    );
    assert.equal(status, 0, shown);
  });

  it("shows names without letting them reach the terminal as they are", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    const names = ["esc\x1b]0;x\x07", "new\nline", "bidi\u202etxt", "wide漢字", "c1\u009b31m"];
    for (const name of names) writeFileSync(join(box.remote, name), "x");
    const { shown, status } = await box.scp(["-r", box.at, "got"]);
    assert.equal(status, 0, shown);
    assert.equal(readdirSync(box.path("got")).length, names.length);
    assert.doesNotMatch(shown, /\x1b\]|\u202e|\u009b/);
    assert.match(shown, /esc\\033\]0;x\\007/);
    assert.match(shown, /wide漢字 {34} +100%/);
    // Escape sequences of the meter itself: cursor up, and clear to the end.
    assert.doesNotMatch(shown, /\x1b(?!\[\d*[AJ])/);
  });

  it("lets no words of the other side reach the terminal as they are", async (t) => {
    if (missing(t) || server === undefined) return;
    const noisy = await startSshd();
    t.after(() => noisy.stop());
    writeFileSync(join(noisy.home, ".bashrc"), `printf '\\033]0;evil\\007\\n\\302\\233x\\n' >&2; cd ${noisy.home}\n`);
    writeFileSync(join(noisy.home, "f"), "f");
    const box = setUp(t, () => ({ h: noisy }));
    const { shown, status } = await box.scp(["h:f", "."]);
    assert.equal(status, 0, shown);
    assert.match(shown, /\\033\]0;evil\\007\r\n\\302\\233x\r\n/);
    assert.doesNotMatch(shown, /\x1b\]|\u009b/);
  });

  it("ends with Ctrl-C: status 1, and nothing half done", async (t) => {
    if (missing(t)) return;
    const box = setUp(t);
    writeFileSync(join(box.remote, "file"), Buffer.alloc(4_000_000));
    mkdirSync(box.path("got"));
    const { shown, status } = await box.scp(
      ["-l", "1600", `${box.at}/file`, "got"],
      [{ expect: "file .*[1-9]\\d*KB", send: "\x03" }],
    );
    assert.equal(status, 1, shown);
    assert.deepEqual(readdirSync(box.path("got")), []);
  });
});
