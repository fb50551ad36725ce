/** What the source files of one package may import. */
export interface PackageRule {
  /** Workspaces, by npm name. */
  readonly workspaces: readonly string[];
  /** Dependencies from the registry, types included. */
  readonly external: readonly string[];
  /** Whether `node:*` modules and Node's own globals may be used. */
  readonly node: boolean;
}

function rule(workspaces: readonly string[], external: readonly string[] = [], node = false): PackageRule {
  return { workspaces: workspaces.map((name) => `@scpkit/${name}`), external, node };
}

/** The arrows between the packages. A package that is not listed here fails the topology test. */
export const arrows: Readonly<Record<string, PackageRule>> = {
  "@scpkit/codec": rule([]),
  "@scpkit/core": rule(["codec"]),
  "@scpkit/source": rule(["codec", "core"]),
  "@scpkit/sink": rule(["codec", "core"]),
  "@scpkit/relay": rule(["codec", "core", "source", "sink"]),
  "@scpkit/middleware": rule(["codec", "core", "source", "sink"]),
  "@scpkit/server": rule(["codec", "core", "source", "sink", "middleware"]),
  "@scpkit/ssh2": rule(["core"], ["ssh2"], true),
  "@scpkit/child-process": rule(["core"], [], true),
  "@scpkit/fs": rule(["codec", "source", "sink", "core"], [], true),
  "@scpkit/s3": rule(["codec", "source", "sink", "core"], ["@aws-sdk/client-s3"]),
  "@scpkit/openssh": rule([], [], true),
  "@scpkit/conformance": rule(["codec", "core", "source", "sink"]),
  scpkit: rule(
    [
      "codec",
      "core",
      "source",
      "sink",
      "relay",
      "middleware",
      "server",
      "ssh2",
      "child-process",
      "fs",
      "s3",
      "openssh",
    ],
    ["string-width"],
    true,
  ),
};

/**
 * The arrows between the folders of a workspace's `src`: what the files of a folder may import from other folders. `.`
 * is `src` itself. A folder that is not listed may import every other one.
 */
export const folderArrows: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "apps/cli": {
    report: [],
    operands: ["report"],
    prompt: [],
    "command-line": ["operands"],
    progress: ["report", "command-line"],
    connect: ["command-line", "operands", "prompt"],
    copy: [".", "command-line", "connect", "operands", "progress", "prompt", "report"],
    commands: ["command-line", "copy", "operands", "report"],
  },
  "packages/codec": { errors: [], command: ["errors"], wire: [".", "errors"] },
  "packages/fs": { system: [], read: ["system"], write: ["system", "read"], winscp: ["system"] },
  "packages/middleware": { intercept: ["."], wrappers: [".", "intercept"] },
  "packages/openssh": {
    "config/values": [],
    "config/reader": ["config/values"],
    config: ["config/values", "config/reader", "identities"],
    "known-hosts": ["config", "config/values"],
    identities: ["config", "config/values", "known-hosts"],
  },
  "packages/ssh2": { auth: ["."], channel: [], client: [".", "auth", "channel"], server: [".", "auth", "channel"] },
};
