import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { CommandLineError, parseOptions, type ScpkitCommand, type ScpkitOptions } from "../src/command-line/parse.ts";
import { usage } from "../src/command-line/usage.ts";

function copy(...argv: string[]): Extract<ScpkitCommand, { type: "copy" }> {
  const command = parseOptions(argv);
  assert.equal(command.type, "copy");
  if (command.type !== "copy") throw new Error("unreachable");
  return command;
}

function options(...argv: string[]): ScpkitOptions {
  return copy(...argv, "a", "h:b").options;
}

function failure(...argv: string[]): CommandLineError {
  try {
    parseOptions(argv);
  } catch (error) {
    if (error instanceof CommandLineError) return error;
  }
  throw new assert.AssertionError({ message: `${argv.join(" ")} was accepted` });
}

describe("parseOptions", () => {
  it("reads the vector that other parsers get wrong", () => {
    const argv = "-rpP2222 -oPort=22 -o User=me -3C -l 8000 -i k1 -ik2 -J a,b -S /bin/ssh src -- -dash h:dst".split(
      " ",
    );
    const command = copy(...argv);
    assert.deepEqual(command.sources, ["src", "--", "-dash"]);
    assert.equal(command.target, "h:dst");
    const { options } = command;
    assert.equal(options.recursive, true);
    assert.equal(options.preserve, true);
    assert.equal(options.port, 2222);
    assert.deepEqual(options.sshOptions, ["Port=22", "User=me"]);
    assert.equal(options.limitBytesPerSecond, 1_024_000);
    assert.deepEqual(options.identityFiles, ["k1", "k2"]);
    assert.equal(options.jump, "a,b");
    assert.equal(options.program, "/bin/ssh");
    assert.equal(options.targetIsDirectory, true);
    assert.deepEqual(options.sshArguments, [
      ...["-o", "Port=22", "-o", "User=me", "-C", "-i", "k1", "-i", "k2", "-J", "a,b"],
    ]);
  });

  it("has scp's defaults", () => {
    assert.deepEqual(options(), {
      recursive: false,
      preserve: false,
      inPlace: false,
      targetIsDirectory: false,
      checkNames: true,
      remoteToRemote: "through-local",
      program: undefined,
      port: undefined,
      limitBytesPerSecond: undefined,
      quiet: false,
      verbosity: 0,
      parallel: undefined,
      progress: "auto",
      addressFamily: undefined,
      agentForwarding: false,
      batch: false,
      compression: false,
      cipher: undefined,
      configFile: undefined,
      identityFiles: [],
      jump: undefined,
      sshOptions: [],
      sshArguments: [],
      notes: [],
    });
  });

  it("lets the last of two opposites win", () => {
    assert.equal(options("-3R").remoteToRemote, "direct");
    assert.equal(options("-R3").remoteToRemote, "through-local");
    assert.equal(options("-46").addressFamily, 6);
    assert.equal(options("-64").addressFamily, 4);
  });

  it("counts -v to three and passes each on", () => {
    assert.equal(options("-vv").verbosity, 2);
    assert.equal(options("-vvvv").verbosity, 3);
    assert.deepEqual(options("-vvvv").sshArguments, ["-v", "-v", "-v", "-v"]);
  });

  it("lets --progress overrule -q in any order", () => {
    assert.equal(options("-q").progress, "none");
    assert.equal(options("-q", "--progress=json").progress, "json");
    assert.equal(options("--progress", "plain", "-q").progress, "plain");
  });

  it("reads the hidden modes, with any number of operands", () => {
    assert.deepEqual(parseOptions(["-f"]).type, "source");
    const sink = parseOptions(["-v", "-r", "-p", "-d", "-t", "--", "-x"]);
    assert.equal(sink.type, "sink");
    assert.deepEqual(sink.type === "sink" && sink.paths, ["-x"]);
    assert.equal(sink.type === "sink" && sink.options.targetIsDirectory, true);
    assert.equal(parseOptions(["-t", "a", "b", "c"]).type, "sink");
    assert.equal(parseOptions(["-t", "-f", "a"]).type, "source", "-f is looked at first, as in scp");
  });

  it("recognises its own words only where no scp user can have meant files", () => {
    assert.deepEqual(parseOptions(["--help", "-z"]), { type: "help" });
    assert.deepEqual(parseOptions(["-r", "--version"]), { type: "version" });
    assert.deepEqual(parseOptions(["completion", "fish"]), { type: "completion", shell: "fish" });
    assert.deepEqual(copy("completion", "csh").sources, ["completion"]);
    assert.deepEqual(copy("completion", "h:bash").sources, ["completion"]);
    assert.deepEqual(parseOptions(["serve", "dir", "--port", "0"]), { type: "serve", argv: ["dir", "--port", "0"] });
    assert.deepEqual(parseOptions(["clean", "-n"]), { type: "clean", argv: ["-n"] });
    assert.deepEqual(copy("clean", "h:").sources, ["clean"]);
    assert.deepEqual(copy("serve", "h:").sources, ["serve"]);
    assert.deepEqual(copy("./serve", "dir").sources, ["./serve"]);
  });

  it("ends with 255 where scp does", () => {
    for (const [argv, message] of [
      [["-1", "-z"], "SSH protocol v.1 is no longer supported"],
      [["-P", "x", "-z"], 'bad port "x"'],
      [["-P0", "a", "h:"], 'bad port "0"'],
      [["-P65536", "a", "h:"], 'bad port "65536"'],
      [["-P", "", "a", "h:"], 'bad port ""'],
      [["-X", "foo"], "Invalid -X option"],
      [["-X", "buffer=0"], 'Invalid buffer size "0": Invalid argument'],
      [["-X", "nrequests=0"], 'Invalid number of requests "0": too small'],
      [["-X", "nrequests=262145"], 'Invalid number of requests "262145": too large'],
    ] as const) {
      const error = failure(...argv);
      assert.equal(error.exitCode, 255);
      assert.equal(error.text, `scpkit: ${message}\n`);
    }
  });

  it("shows the usage and ends with 1 where scp does", () => {
    const hint = "hint: scpkit --help lists the options\n";
    assert.equal(failure("-y").text, `scpkit: unknown option -- y\n${usage("scpkit")}${hint}`);
    for (const argv of [
      [],
      ["a"],
      ["-r", "--", "a"],
      ["-l", "0", "a", "b"],
      ["-l", "1x", "a", "b"],
      ["-l104857601", "a", "b"],
    ]) {
      const error = failure(...argv);
      assert.equal(error.exitCode, 1);
      assert.equal(error.text, `${usage("scpkit")}${hint}`);
    }
    assert.equal(options("-l", "104857600").limitBytesPerSecond, 13_421_772_800);
  });

  it("says in one line what it does not have", () => {
    for (const argv of [["-s"], ["-O", "-s"], ["-D", "/usr/lib/sftp-server"]]) {
      const error = failure(...argv, "a", "h:b");
      assert.equal(error.exitCode, 255);
      assert.match(error.text, /^scpkit: -[sD] .*\(-O\)\n$/);
    }
    assert.equal(options("-s", "-O").recursive, false);
    assert.equal(options("-O", "-D", "x").recursive, false);
    assert.equal(options("-X", "nrequests=5").notes.length, 1);
    assert.deepEqual(options("-X", "buffer=32k", "-O").notes, []);
    assert.equal(parseOptions(["-s", "-t", "x"]).type, "sink", "the server modes are SCP in any case");
  });

  it("checks its own options", () => {
    assert.equal(options("--parallel", "4").parallel, 4);
    assert.match(failure("--parallel=0", "a", "b").text, /--parallel takes a number from 1 to 100/);
    assert.match(failure("--progress=fancy", "a", "b").text, /--progress takes auto, bar, plain, json or none/);
  });

  it("knows services by name", (t) => {
    if (isMissing(t, "/etc/services", "test", ["-f", "/etc/services"])) return;
    assert.equal(options("-P", "ssh").port, 22);
    assert.equal(options("-P", " +22").port, 22);
  });

  it("agrees with scp on exit status and complaint", (t) => {
    if (isMissing(t, "scp")) return;
    const lines = [
      ["-z"],
      ["-rz", "a", "b"],
      ["-i"],
      ["-p-help", "a", "b"],
      ["-1", "-z"],
      ["-P", "x", "-z"],
      ["-P", "070000"],
      ["-P", "-5", "a", "b"],
      ["-P", "22x", "a", "b"],
      ["-l", "5x", "a", "b"],
      ["-l", "0"],
      ["-r", "--"],
      ["-X", "foo", "a"],
      ["-X", "buffer=0"],
      ["-X", "buffer=9999999"],
      ["-X", "nrequests=x"],
      ["-2", "a"],
    ];
    for (const argv of lines) {
      const scp = spawnSync("scp", argv, { encoding: "utf8" });
      const own = failure(...argv);
      assert.equal(own.exitCode, scp.status, argv.join(" "));
      assert.equal(complaint(own.text), complaint(scp.stderr), argv.join(" "));
    }
  });
});

/** The lines before the usage, without the program's name. */
function complaint(text: string): string {
  return text
    .replace(/usage: .*/s, "")
    .replace(/^\w+: /, "")
    .trim();
}
