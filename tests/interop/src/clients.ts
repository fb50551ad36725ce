import { join } from "node:path";
import type { TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { password } from "./embedded-server.ts";
import { type ProgramOutcome, run, scpkitProgram } from "./program.ts";
import type { SnapshotOptions } from "./tree.ts";
import type { InteropServer } from "./workplace.ts";

/** An scp client that copies whole trees. */
export interface InteropClient {
  readonly name: string;
  /** What survives a copy by it. */
  readonly keeps: SnapshotOptions;
  /** Skips the test when it is not here. */
  missing(t: TestContext): boolean;
  /** Copies a tree of this side to a path of the server. */
  put(t: TestContext, server: InteropServer, from: string, to: string): Promise<ProgramOutcome>;
  /** Copies a tree of the server to a path of this side. */
  get(t: TestContext, server: InteropServer, from: string, to: string): Promise<ProgramOutcome>;
}

/** OpenSSH's scp in SCP mode. */
export const openssh: InteropClient = {
  name: "scp -O",
  keeps: { modes: true, times: true },
  missing: (t) => isMissing(t, "ssh", "scp"),
  put: (t, server, from, to) => run(t, "scp", ["-O", "-rp", ...server.options, from, `peer:${server.path(to)}`]),
  get: (t, server, from, to) => run(t, "scp", ["-O", "-rp", ...server.options, `peer:${server.path(from)}`, to]),
};

/** The scpkit command. */
export const scpkit: InteropClient = {
  name: "scpkit",
  keeps: { modes: true, times: true },
  missing: () => false,
  put: (t, server, from, to) => runScpkit(t, ["-rp", ...server.options, from, `peer:${server.path(to)}`]),
  get: (t, server, from, to) => runScpkit(t, ["-rp", ...server.options, `peer:${server.path(from)}`, to]),
};

/** No more descriptors than a tree of any size needs. */
function runScpkit(t: TestContext, argv: readonly string[]): Promise<ProgramOutcome> {
  return run(t, "sh", ["-c", 'ulimit -n 256 && exec "$@"', "sh", process.execPath, scpkitProgram, ...argv]);
}

/** PuTTY's pscp: sends directories with mode 755 and no times of directories. */
export const pscp: InteropClient = {
  name: "pscp -scp",
  keeps: {},
  missing: (t) => isMissing(t, "pscp", "pscp", ["-V"]) || isMissing(t, "pscp", "puttygen", ["--version"]),
  put: async (t, server, from, to) => runPscp(t, server, [from, `${server.username}@127.0.0.1:${server.path(to)}`]),
  get: async (t, server, from, to) => runPscp(t, server, [`${server.username}@127.0.0.1:${server.path(from)}`, to]),
};

/** python3-scp over paramiko. */
export const python: InteropClient = {
  name: "python3-scp",
  keeps: { times: true },
  missing: (t) => isMissing(t, "python3-scp", "/usr/bin/python3", ["-c", "import scp, paramiko"]),
  put: (t, server, from, to) => runPython(t, server, "put", from, server.path(to)),
  get: (t, server, from, to) => runPython(t, server, "get", server.path(from), to),
};

/** pscp with a password, as the embedded server takes it. */
export function pscpWithPassword(
  t: TestContext,
  server: InteropServer,
  from: string,
  to: string,
): Promise<ProgramOutcome> {
  const target = `${server.username}@127.0.0.1:${server.path(to)}`;
  return run(t, "pscp", [...pscpOptions(server), "-pw", password, from, target], inHome(server));
}

async function runPscp(t: TestContext, server: InteropServer, operands: readonly string[]): Promise<ProgramOutcome> {
  const key = join(server.place.folder, "id.ppk");
  const made = await run(t, "puttygen", [server.place.identity, "-O", "private", "-o", key], inHome(server));
  if (made.code !== 0) return made;
  return run(t, "pscp", [...pscpOptions(server), "-i", key, "-r", "-p", ...operands], inHome(server));
}

function pscpOptions(server: InteropServer): string[] {
  const hostKey = server.place.hostKey.publicKey.split(" ")[1] ?? "";
  return ["-scp", "-batch", "-q", "-P", `${server.port}`, "-hostkey", hostKey];
}

/** PuTTY's programs keep files in the home folder. */
function inHome(server: InteropServer): { readonly env: NodeJS.ProcessEnv } {
  return { env: { HOME: server.place.folder } };
}

function runPython(t: TestContext, server: InteropServer, direction: string, from: string, to: string) {
  const script = join(import.meta.dirname, "foreign", "python-scp.py");
  const { port, username, place } = server;
  const argv = ["-W", "ignore", script, direction, "tree", "127.0.0.1", `${port}`, username, place.identity, from, to];
  return run(t, "/usr/bin/python3", argv);
}
