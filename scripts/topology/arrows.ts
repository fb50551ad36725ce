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
  "@scpkit/channel": rule(["codec"]),
  "@scpkit/source": rule(["codec", "channel"]),
  "@scpkit/sink": rule(["codec", "channel"]),
  "@scpkit/relay": rule(["codec", "channel", "source", "sink"]),
  "@scpkit/server": rule(["codec", "channel", "source", "sink"]),
  "@scpkit/ssh2": rule(["channel"], ["ssh2"], true),
  "@scpkit/process": rule(["channel"], [], true),
  "@scpkit/fs": rule(["codec", "source", "sink", "channel"], [], true),
  "@scpkit/s3": rule(["codec", "source", "sink", "channel"], ["@aws-sdk/client-s3"]),
  "@scpkit/openssh": rule([], [], true),
  "@scpkit/conformance": rule(["codec", "channel", "source", "sink"]),
  scpkit: rule(
    ["codec", "channel", "source", "sink", "relay", "server", "ssh2", "process", "fs", "s3", "openssh"],
    ["string-width"],
    true,
  ),
};
