import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { isMissing } from "@scpkit/test-support/programs";
import { type ProgramOutcome, run } from "./program.ts";
import type { InteropServer } from "./workplace.ts";

/** One copy by a foreign client. `from` and `to` are paths of the side that they are on. */
export interface ForeignCopy {
  readonly direction: "put" | "get";
  readonly kind: "file" | "tree";
  readonly from: string;
  readonly to: string;
}

/** An SCP client that is not scp. */
export interface ForeignClient {
  readonly name: string;
  /** Whether it copies directories. */
  readonly trees: boolean;
  /** Skips the test when the client is not installed. */
  missing(t: TestContext): boolean;
  copy(t: TestContext, server: InteropServer, copy: ForeignCopy): Promise<ProgramOutcome>;
}

const folder = join(import.meta.dirname, "foreign");
const python = "/usr/bin/python3";
const jschLibrary = "/usr/share/java/jsch.jar";

/** curl with libssh2: it never sends the byte that closes a body. */
const curl: ForeignClient = {
  name: "curl",
  trees: false,
  missing: (t) => isMissing(t, "curl", "sh", ["-c", "curl --version | grep -q scp"]),
  copy: (t, server, { direction, from, to }) => {
    const { port, username, place } = server;
    const login = ["-sS", "-k", "--key", place.identity, "--pubkey", `${place.identity}.pub`, "-u", `${username}:`];
    const url = (path: string) => `scp://127.0.0.1:${port}${path}`;
    const copy = direction === "put" ? ["-T", from, url(to)] : ["-o", to, url(from)];
    return run(t, "curl", [...login, ...copy]);
  },
};

/** A program of `foreign/` that takes `put|get file|tree HOST PORT USER KEY FROM TO`. */
function script(
  options: Pick<ForeignClient, "name" | "trees" | "missing"> & { readonly program: readonly [string, ...string[]] },
): ForeignClient {
  const [program, ...first] = options.program;
  return {
    name: options.name,
    trees: options.trees,
    missing: options.missing,
    copy: (t, { port, username, place }, { direction, kind, from, to }) =>
      run(t, program, [...first, direction, kind, "127.0.0.1", `${port}`, username, place.identity, from, to]),
  };
}

/** The way that JSch's examples copy; compiled for each server. */
const jsch: ForeignClient = {
  name: "JSch",
  trees: false,
  missing: (t) =>
    isMissing(t, "java", "javac", ["-version"]) || isMissing(t, "jsch", "sh", ["-c", `test -f ${jschLibrary}`]),
  copy: async (t, { port, username, place }, { direction, kind, from, to }) => {
    if (!existsSync(join(place.folder, "Jsch.class"))) {
      const compiled = await run(t, "javac", ["-cp", jschLibrary, "-d", place.folder, join(folder, "Jsch.java")]);
      if (compiled.code !== 0) return compiled;
    }
    const login = ["127.0.0.1", `${port}`, username, place.identity];
    return run(t, "java", ["-cp", `${jschLibrary}:${place.folder}`, "Jsch", direction, kind, ...login, from, to]);
  },
};

/** The clients, by the library that each is built on. */
export const foreignClients: readonly ForeignClient[] = [
  curl,
  script({
    name: "Net::SSH2",
    trees: false,
    missing: (t) => isMissing(t, "libnet-ssh2-perl", "/usr/bin/perl", ["-MNet::SSH2", "-e", "1"]),
    program: ["/usr/bin/perl", join(folder, "perl-net-ssh2.pl")],
  }),
  script({
    name: "asyncssh",
    trees: true,
    missing: (t) => isMissing(t, "python3-asyncssh", python, ["-W", "ignore", "-c", "import asyncssh"]),
    program: [python, "-W", "ignore", join(folder, "python-asyncssh.py")],
  }),
  script({
    name: "python3-scp",
    trees: true,
    missing: (t) => isMissing(t, "python3-scp", python, ["-W", "ignore", "-c", "import scp, paramiko"]),
    program: [python, "-W", "ignore", join(folder, "python-scp.py")],
  }),
  script({
    name: "net-scp",
    trees: true,
    missing: (t) => isMissing(t, "ruby-net-scp", "/usr/bin/ruby", ["-e", 'require "net/scp"']),
    program: ["/usr/bin/ruby", "-W0", join(folder, "ruby-net-scp.rb")],
  }),
  jsch,
];
