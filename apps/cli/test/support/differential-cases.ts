import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DifferenceName } from "./differences.ts";

/** One operation, to be done by OpenSSH and by scpkit. */
export interface DifferentialCase {
  readonly name: string;
  /** Prepares both sides. Nothing: a few files that most cases do with. */
  readonly prepare?: (side: Side) => void;
  /**
   * The command line, run in the local folder.
   *
   * @param r the remote folder, with the host before it
   */
  readonly argv: (r: string) => readonly string[];
  /** Whether times of modification have to be the same. */
  readonly times?: boolean;
  /** Where scpkit as the client is known to differ. */
  readonly client?: DifferenceName;
  /** Where scpkit as the server is known to differ. */
  readonly server?: DifferenceName;
}

/** The two folders of an operation. */
export interface Side {
  readonly local: string;
  readonly remote: string;
}

const some = ({ local, remote }: Side): void => {
  for (const folder of [local, remote]) {
    file(folder, "f", "contents of f", 0o644);
    file(folder, "g", "g".repeat(70_000), 0o600);
    file(folder, "empty", "", 0o755);
    file(folder, "sp ace", "space", 0o644);
    tree(folder);
  }
  mkdirSync(join(remote, "dir"));
  mkdirSync(join(local, "dir"));
};

function file(folder: string, name: string, content: string, mode: number): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  utimesSync(path, 1_000_000_000, 1_200_000_000);
}

function tree(folder: string): void {
  file(folder, "tree/one", "1", 0o444);
  file(folder, "tree/deep/two", "2", 0o640);
  file(folder, "tree/deep/er/-dash", "-", 0o666);
  file(folder, "tree/back\\slash é", "u", 0o755);
  mkdirSync(join(folder, "tree/void"));
  for (const [name, mode] of [
    ["tree/void", 0o700],
    ["tree/deep/er", 0o755],
    ["tree/deep", 0o750],
    ["tree", 0o775],
  ] as const) {
    chmodSync(join(folder, name), mode);
    utimesSync(join(folder, name), 1_000_000_000, 1_100_000_000);
  }
}

/** The same in both directions: `from` the source's folder, `to` the target's. */
function bothWays(
  name: string,
  argv: (from: string, to: string) => readonly string[],
  rest: Partial<DifferentialCase> & { readonly prepareAt?: (from: string, to: string) => void } = {},
): DifferentialCase[] {
  const { prepareAt, ...more } = rest;
  const prepare = (side: Side, from: string, to: string): void => {
    some(side);
    prepareAt?.(from, to);
  };
  return [
    {
      name: `upload: ${name}`,
      argv: (r) => argv(".", r),
      prepare: (side) => prepare(side, side.local, side.remote),
      ...more,
    },
    {
      name: `download: ${name}`,
      argv: (r) => argv(r, "."),
      prepare: (side) => prepare(side, side.remote, side.local),
      ...more,
    },
  ];
}

export const differentialCases: readonly DifferentialCase[] = [
  ...bothWays("a file to a new name", (from, to) => [`${from}/f`, `${to}/new`]),
  ...bothWays("a file into a directory", (from, to) => [`${from}/g`, `${to}/dir`]),
  ...bothWays("an empty file", (from, to) => [`${from}/empty`, `${to}/dir`]),
  ...bothWays("a file with -p", (from, to) => ["-p", `${from}/g`, `${to}/new`], { times: true }),
  ...bothWays("several files", (from, to) => [`${from}/f`, `${from}/g`, `${to}/dir`]),
  ...bothWays("several files to no directory", (from, to) => [`${from}/f`, `${from}/g`, `${to}/f`]),
  ...bothWays("several files to nothing", (from, to) => [`${from}/f`, `${from}/g`, `${to}/none`]),
  ...bothWays("a missing file", (from, to) => [`${from}/none`, `${to}/dir`]),
  ...bothWays("a missing file among others", (from, to) => [`${from}/f`, `${from}/none`, `${from}/g`, `${to}/dir`]),
  ...bothWays("a directory without -r", (from, to) => [`${from}/tree`, `${to}/dir`]),
  ...bothWays("a tree to a new name", (from, to) => ["-r", `${from}/tree`, `${to}/new`]),
  ...bothWays("a tree into a directory", (from, to) => ["-r", `${from}/tree`, `${to}/dir`]),
  ...bothWays("a tree with -p", (from, to) => ["-rp", `${from}/tree`, `${to}/dir`], { times: true }),
  ...bothWays("a tree onto itself", (from, to) => ["-r", `${from}/tree`, to]),
  ...bothWays("a tree with -p onto itself", (from, to) => ["-rp", `${from}/tree`, to], { times: true }),
  ...bothWays("a tree with a slash at its end", (from, to) => ["-r", `${from}/tree/`, `${to}/dir`]),
  {
    name: "upload: a file with a slash at its end",
    prepare: some,
    argv: (r) => ["f/", `${r}/dir`],
  },
  {
    name: "download: a file with a slash at its end",
    prepare: some,
    argv: (r) => [`${r}/f/`, "dir"],
    client: "trailing-slash",
  },
  ...bothWays("a tree onto a file", (from, to) => ["-r", `${from}/tree`, `${to}/f`]),
  ...bothWays("a file onto a directory of its name", (from, to) => [`${from}/f`, `${to}/dir`], {
    prepareAt: (_, to) => mkdirSync(join(to, "dir", "f")),
  }),
  ...bothWays("a file into a directory that is missing", (from, to) => [`${from}/f`, `${to}/no/such`]),
  ...bothWays("a longer file is replaced and keeps its mode", (from, to) => [`${from}/f`, `${to}/g`]),
  ...bothWays("a longer file is replaced with -p", (from, to) => ["-p", `${from}/f`, `${to}/g`], { times: true }),
  ...bothWays("symbolic links, one of them dangling", (from, to) => ["-r", `${from}/links`, `${to}/dir`], {
    prepareAt: (from) => {
      mkdirSync(join(from, "links"));
      symlinkSync("../f", join(from, "links/good"));
      symlinkSync("nowhere", join(from, "links/bad"));
      symlinkSync("../tree", join(from, "links/tree"));
    },
  }),
  ...bothWays("a FIFO in a tree", (from, to) => ["-r", `${from}/odd`, `${to}/dir`], {
    prepareAt: (from) => {
      file(from, "odd/plain", "x", 0o644);
      execFileSync("mkfifo", [join(from, "odd/fifo")]);
    },
  }),
  ...bothWays("a name with a newline", (from, to) => ["-r", `${from}/lines`, `${to}/dir`], {
    prepareAt: (from) => file(from, "lines/new\nline é\\x", "x", 0o644),
  }),
  ...bothWays("a setuid file without -p", (from, to) => [`${from}/suid`, `${to}/dir`], {
    prepareAt: (from) => file(from, "suid", "x", 0o4755),
  }),
  ...bothWays("a setuid file with -p", (from, to) => ["-p", `${from}/suid`, `${to}/dir`], {
    prepareAt: (from) => file(from, "suid", "x", 0o4755),
    times: true,
  }),
  {
    name: "upload: a directory by its dot",
    prepare: some,
    argv: (r) => ["-r", "tree/.", `${r}/dir`],
    client: "dot-source",
    server: "name-words",
  },
  {
    name: "download: a directory by its dot",
    prepare: some,
    argv: (r) => ["-r", `${r}/tree/.`, "dir"],
    client: "name-words",
    server: "dot-source",
  },
  { name: "download: a pattern", prepare: some, argv: (r) => [`${r}/{f,g}`, `${r}/em*`, "dir"] },
  { name: "download: a name quoted once for each shell", prepare: some, argv: (r) => [`${r}/sp\\ ace`, "dir"] },
  {
    name: "download: a name in quotes",
    prepare: some,
    argv: (r) => [`${r}/'sp ace'`, "dir"],
    client: "quoted-names",
  },
  { name: "download: a name in quotes with -T", prepare: some, argv: (r) => ["-T", `${r}/'sp ace'`, "dir"] },
  {
    name: "download: what only the shell knows",
    prepare: some,
    argv: (r) => [`${r}/$(echo f)`, "dir"],
    client: "name-words",
  },
  { name: "download: braces that do not pair", prepare: some, argv: (r) => [`${r}/b{c`, "dir"] },
  { name: "upload: a target that splits", prepare: some, argv: (r) => ["f", `${r}/sp new`] },
  { name: "upload: a target quoted twice", prepare: some, argv: (r) => ["f", `${r}/'sp new'`] },
  { name: "upload: a local name with a colon", prepare: some, argv: (r) => ["./f", `${r}/dir/a:b`] },
  { name: "remote to remote", prepare: some, argv: (r) => ["-r", `${r}/tree`, `${r}/dir`] },
  { name: "remote to remote with -p", prepare: some, argv: (r) => ["-3rp", `${r}/tree`, `${r}/dir`], times: true },
  {
    name: "remote to remote: a missing file",
    prepare: some,
    argv: (r) => [`${r}/none`, `${r}/dir`],
    client: "relay-errors",
  },
  {
    name: "remote to remote: no directory",
    prepare: some,
    argv: (r) => [`${r}/f`, `${r}/g`, `${r}/none`],
    client: "relay-errors",
  },
  { name: "local to local", prepare: some, argv: () => ["-rp", "tree", "dir"], times: true },
  {
    name: "download: a server with a banner that begins with E",
    prepare: (side) => {
      some(side);
      writeFileSync(join(side.local, "banner"), "#!/bin/sh\necho 'Ende der Welt'\ncat > /dev/null\n", { mode: 0o755 });
    },
    argv: () => ["-S", "./banner", "h:f", "dir"],
    client: "banner",
  },
  { name: "local to local: a missing file", prepare: some, argv: () => ["none", "dir"] },
  {
    name: "the first of two hosts is lost",
    prepare: some,
    argv: (r) => ["lost:f", `${r}/g`, "dir"],
    client: "lost-source",
  },
  { name: "the only host is lost", prepare: some, argv: () => ["lost:f", "dir"], client: "connection-words" },
  { name: "the host of the target is lost", prepare: some, argv: () => ["f", "lost:"], client: "connection-words" },
  { name: "a source that is no URI", prepare: some, argv: (r) => ["scp://h:x/f", `${r}/g`, "dir"] },
  { name: "a target that is no URI", prepare: some, argv: () => ["f", "scp://u;@/"] },
  { name: "a user name that is none", prepare: some, argv: () => ["a`b@h:f", "dir"] },
  { name: "options after the first operand", prepare: some, argv: (r) => [`${r}/f`, "-r"] },
  { name: "a bad port", argv: () => ["-P", "x", "f", "h:"] },
  { name: "SSH protocol 1", argv: () => ["-1", "f", "h:"] },
  { name: "a bad SFTP option", argv: () => ["-X", "buffer=0", "f", "h:"] },
];
