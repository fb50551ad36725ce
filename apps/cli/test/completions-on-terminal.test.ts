import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isMissing } from "@scpkit/test-support/programs";
import { completions } from "../src/command-line/completions.ts";
import type { CompletionShell } from "../src/command-line/parse.ts";
import { createSandbox } from "./support/sandbox.ts";

const bashCompletion = "/usr/share/bash-completion/bash_completion";

interface Shell {
  readonly name: string;
  readonly shell: CompletionShell;
  readonly argv: readonly string[];
  /** Lines typed before anything else. */
  readonly setUp: readonly string[];
  /** A file that has to exist. */
  readonly needs?: string;
}

const shells: readonly Shell[] = [
  { name: "bash", shell: "bash", argv: ["bash", "--norc", "--noprofile", "-i"], setUp: ["PS1='> '"] },
  {
    name: "bash with bash-completion",
    shell: "bash",
    argv: ["bash", "--norc", "--noprofile", "-i"],
    setUp: ["PS1='> '", `source ${bashCompletion}`],
    needs: bashCompletion,
  },
  {
    name: "zsh",
    shell: "zsh",
    argv: ["zsh", "-f", "-i"],
    setUp: ["PS1='> '", "autoload -U compinit", "compinit -u -D"],
  },
  {
    name: "fish",
    shell: "fish",
    argv: ["fish", "--private", "--no-config", "-i"],
    setUp: ["function fish_prompt; echo '> '; end", "set -g fish_autosuggestion_enabled 0"],
  },
];

/** What a person types before the Tab key, and what the command line then is. */
const completed: Readonly<Record<string, string>> = {
  "--progress=pl": "--progress=plain",
  "--progress js": "--progress json",
  "--vers": "--version",
  "-i alph": "-i alphabet.txt",
  "-r alph": "-r alphabet.txt",
  "-r gam": "-r gamma:",
  "-r me@gam": "-r me@gamma:",
  ser: "serve",
  "serve --read": "serve --read-only",
  "serve --host-key alph": "serve --host-key alphabet.txt",
  "serve fol": "serve folder/",
  "clean --dry": "clean --dry-run",
  "completion zs": "completion zsh",
};

for (const { name, shell, argv, setUp, needs } of shells) {
  describe(`completion in ${name}`, () => {
    it("completes what is typed", { timeout: 120_000 }, async (t) => {
      const terminal = await openShell(t);
      if (terminal === undefined) return;
      for (const [typed, expected] of Object.entries(completed)) {
        terminal.type(`scpkit ${typed}\t`);
        await terminal.shows(([line = ""]) => line === `> scpkit ${expected}`);
        // Ctrl-U empties the line.
        terminal.type("\x15clear\n");
        await terminal.shows((lines) => lines.length === 1 && lines[0] === ">");
      }
    });

    it("lists the values of --progress=", { timeout: 120_000 }, async (t) => {
      const terminal = await openShell(t);
      if (terminal === undefined) return;
      terminal.type("scpkit --progress=\t\t");
      await terminal.shows(([line = "", ...more]) => {
        return /^> scpkit --progress=(auto)?$/.test(line) && /auto.*bar.*json.*none.*plain/s.test(more.join("\n"));
      });
    });

    async function openShell(t: TestContext): Promise<Terminal | undefined> {
      if (isMissing(t, "tmux", "tmux", ["-V"]) || isMissing(t, shell)) return undefined;
      if (needs !== undefined && !existsSync(needs)) {
        t.skip("peer missing: bash-completion");
        return undefined;
      }
      const terminal = openTerminal(t, shell, argv);
      for (const line of [...setUp, "source ./script", "clear"]) terminal.type(`${line}\n`);
      await terminal.shows((lines) => lines.length === 1 && lines[0] === ">");
      return terminal;
    }
  });
}

interface Terminal {
  type(text: string): void;
  /** Waits until the screen is as expected. Fails with the screen after half a minute. */
  shows(isExpected: (lines: readonly string[]) => boolean): Promise<void>;
}

/** A shell in tmux, in a folder with `./script`, a file, a folder and a home with a host. */
function openTerminal(t: TestContext, shell: CompletionShell, argv: readonly string[]): Terminal {
  const box = createSandbox();
  box.write("script", completions(shell));
  box.write("alphabet.txt", "");
  mkdirSync(box.path("folder"));
  box.write(".ssh/config", "Host gamma\n");
  box.write(".ssh/known_hosts", "gamma ssh-ed25519 AAAA\n");
  const tmux = (...words: string[]): string => {
    const env = {
      ...process.env,
      HOME: box.folder,
      // An interactive fish leaves a folder there.
      TMPDIR: box.folder,
      TERM: "xterm",
      LANG: "C.UTF-8",
      TMUX: "",
      HISTFILE: "/dev/null",
      ZDOTDIR: box.folder,
    };
    const run = spawnSync("tmux", ["-S", box.path("tmux"), ...words], { encoding: "utf8", cwd: box.folder, env });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout;
  };
  t.after(() => {
    spawnSync("tmux", ["-S", box.path("tmux"), "kill-server"]);
    box.remove();
  });
  const start = ["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", "-c", box.folder];
  tmux(...start, argv.map((word) => `'${word}'`).join(" "));
  const screen = (): string[] =>
    tmux("capture-pane", "-p")
      .trimEnd()
      .split("\n")
      .map((line) => line.trimEnd());
  return {
    type: (text) => void tmux("send-keys", "-l", text),
    async shows(isExpected) {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        if (isExpected(screen())) return;
        await sleep(50);
      }
      assert.fail(screen().join("\n"));
    },
  };
}
