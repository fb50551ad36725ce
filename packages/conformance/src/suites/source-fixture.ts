import type { Awaitable } from "@scpkit/sink";
import type { ScpEntries } from "@scpkit/source";

/** A file or directory that a fixture contains. */
export type ScpSourceNode = ScpSourceFile | ScpSourceDirectory;

/** A file of {@link ScpSourceNode}. */
export interface ScpSourceFile {
  readonly type: "file";
  readonly bytes: Uint8Array;
  /** Only used with the feature `modes`. */
  readonly mode?: number | undefined;
  /** Whole seconds. Only used with the feature `times`. */
  readonly mtimeMs?: number | undefined;
}

/** A directory of {@link ScpSourceNode}. */
export interface ScpSourceDirectory {
  readonly type: "directory";
  /** The children by name. */
  readonly children: Readonly<Record<string, ScpSourceNode>>;
  /** Only used with the feature `modes`. */
  readonly mode?: number | undefined;
  /** Whole seconds. Only used with the feature `times`. */
  readonly mtimeMs?: number | undefined;
}

/** A storage that contains one node, created without the source under test. */
export interface ScpSourceFixture {
  /** The entries that the source under test yields for the node. */
  readonly entries: ScpEntries;
  /** The entries that it yields for a missing path. Needed unless `missing` is `false`. */
  readonly missing?: ScpEntries | undefined;
  /** Called after the case, also if it failed. */
  dispose?(): Awaitable<void>;
}

/** The features of a source beyond the contract of `ScpEntry`. */
export interface ScpSourceFeatures {
  /**
   * The `path` of an entry is relative to the storage that contains the node. Set it to `false` for absolute paths.
   * @default true
   */
  readonly paths?: boolean | undefined;
  /** Yields directories. @default true */
  readonly directories?: boolean | undefined;
  /** Yields empty directories. @default true */
  readonly emptyDirectories?: boolean | undefined;
  /** Yields a failed entry for a missing path. @default true */
  readonly missing?: boolean | undefined;
  /** Yields permission bits unchanged. @default false */
  readonly modes?: boolean | undefined;
  /** Yields modification times, to the second. @default false */
  readonly times?: boolean | undefined;
}

/** Options of {@link sourceSuite}. */
export interface ScpSourceSuiteOptions {
  /** Creates a storage that contains `node` under `name`. Called once per case. */
  create(name: string, node: ScpSourceNode): Awaitable<ScpSourceFixture>;
  readonly features?: ScpSourceFeatures | undefined;
}
