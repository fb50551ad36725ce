import type { Awaitable } from "@scpkit/sink";
import type { ScpEntries } from "@scpkit/source";

/** A file or directory that a fixture is to hold. */
export type ScpSourceNode = ScpSourceFile | ScpSourceDirectory;

/** A file of {@link ScpSourceNode}. */
export interface ScpSourceFile {
  readonly type: "file";
  readonly bytes: Uint8Array;
  /** Matters with the feature `modes`. */
  readonly mode?: number | undefined;
  /** Whole seconds. Matters with the feature `times`. */
  readonly mtimeMs?: number | undefined;
}

/** A directory of {@link ScpSourceNode}. */
export interface ScpSourceDirectory {
  readonly type: "directory";
  /** By name. */
  readonly children: Readonly<Record<string, ScpSourceNode>>;
  /** Matters with the feature `modes`. */
  readonly mode?: number | undefined;
  /** Whole seconds. Matters with the feature `times`. */
  readonly mtimeMs?: number | undefined;
}

/** A place that holds one node, made without the source under test. */
export interface ScpSourceFixture {
  /** What the source under test gives for the node. */
  readonly entries: ScpEntries;
  /** What it gives for something that is not there. Needed unless `missing` is `false`. */
  readonly missing?: ScpEntries | undefined;
  /** Called after the case, also when it failed. */
  dispose?(): Awaitable<void>;
}

/** What a source promises beyond the contract of `ScpEntry`. */
export interface ScpSourceFeatures {
  /** What an entry declares as its `path` is the path from the place that holds the node. `false`: for absolute paths. @default true */
  readonly paths?: boolean | undefined;
  /** Gives directories. @default true */
  readonly directories?: boolean | undefined;
  /** A directory with nothing in it is given. @default true */
  readonly emptyDirectories?: boolean | undefined;
  /** What is not there is a failed entry. @default true */
  readonly missing?: boolean | undefined;
  /** Gives permission bits as they are. @default false */
  readonly modes?: boolean | undefined;
  /** Gives modification times, to the second. @default false */
  readonly times?: boolean | undefined;
}

/** What {@link sourceSuite} runs on. */
export interface ScpSourceSuiteOptions {
  /** Makes a place that holds `node` under `name`. Called once per case. */
  create(name: string, node: ScpSourceNode): Awaitable<ScpSourceFixture>;
  readonly features?: ScpSourceFeatures | undefined;
}
