import { PutObjectCommand } from "@aws-sdk/client-s3";
import { checkOptions, type OptionKinds, type ScpTimes } from "@scpkit/codec";
import {
  resolveDestination,
  type ScpDestination,
  ScpDestinationError,
  type ScpEntryInfo,
  type ScpTarget,
} from "@scpkit/sink";
import { childKey, childLabel, normalizeRoot, prefixOf, resolvePath } from "./key.ts";
import { headObject, isDirectory } from "./look-up.ts";
import { toMetadata } from "./metadata.ts";
import type { S3ObjectHead, S3ObjectSettings } from "./object-head.ts";
import { createObjectWriter } from "./object-writer.ts";
import { ScpS3Error, toS3Error } from "./s3-error.ts";
import { locationKinds, locationSettings, type S3Location } from "./s3-location.ts";

/** Options of {@link createS3Target}. */
export interface S3TargetOptions extends S3Location {
  /**
   * Also stores setuid, setgid and sticky, with `allowSpecialBits`: `scp -p`. Times are stored whenever they are sent.
   * @default false
   */
  readonly preserve?: boolean | undefined;
  /** Whether `preserve` stores setuid, setgid and sticky as sent. @default false */
  readonly allowSpecialBits?: boolean | undefined;
  /** Whether the path must be a directory: `scp -d`. @default false */
  readonly targetIsDirectory?: boolean | undefined;
  /**
   * Stores received directories as empty objects whose keys end with a slash. They hold the directory's mode and times,
   * and allow empty directories. With `false`, a directory exists only as the common prefix of its keys.
   * @default true
   */
  readonly directoryMarkers?: boolean | undefined;
  /**
   * Rejects a file with the name of a directory, and a directory with the name of a file. S3 itself allows both. Costs
   * one request for each file; two concurrent clients can still store both.
   * @default false
   */
  readonly refuseClashes?: boolean | undefined;
  /**
   * Bytes of one part: a larger body is uploaded in several parts. Most storages require at least 5 MiB. The size is
   * increased for bodies that would not fit into 10000 parts.
   * @default 8388608
   */
  readonly partBytes?: number | undefined;
  /** Concurrent parts of one body. A body uses at most `partBytes * (partsInFlight + 1)` bytes of memory. @default 4 */
  readonly partsInFlight?: number | undefined;
  /**
   * Properties of each stored object, with the names of the SDK: `StorageClass`, `ServerSideEncryption`, `ContentType`
   * and so on.
   */
  readonly settings?: S3ObjectSettings | undefined;
}

const optionKinds: OptionKinds<S3TargetOptions> = {
  ...locationKinds,
  preserve: "boolean",
  allowSpecialBits: "boolean",
  targetIsDirectory: "boolean",
  directoryMarkers: "boolean",
  refuseClashes: "boolean",
  partBytes: "number",
  partsInFlight: "number",
  settings: "object",
};

/**
 * Creates a target that stores received files in an object storage.
 *
 * `path` is looked up below `root` as text; nothing outside is read or written, whatever `path` says. Whether it is a
 * directory is decided once, here, by the rule of `resolveDestination` of `@scpkit/sink`: it is one if a key begins
 * with it and a slash, or if it is the root or ends with a slash. Entries are then stored in it under their own names.
 * Otherwise a file or directory is stored as `path` itself, whatever its name. The target's `destination` states which.
 * Directories above it need not exist.
 *
 * A file becomes an object when its stream is closed, and replaces the old one atomically. An aborted one leaves
 * nothing. Mode and times are stored as metadata, see `toMetadata`. Every failure is an {@link ScpS3Error}.
 *
 * @throws {ScpS3Error} `outside-root`, `no-such-bucket`, `EACCES`; with `targetIsDirectory` `ENOENT` and `ENOTDIR`
 * @throws {TypeError} if an option is unknown or has an invalid value: `root` contains `.` or `..`, `partBytes` or
 * `partsInFlight` is not a positive integer
 */
export async function createS3Target(path: string, options: S3TargetOptions): Promise<ScpTarget> {
  checkOptions("createS3Target", options, optionKinds, locationSettings);
  const { partBytes = 8 * 1024 * 1024, partsInFlight = 4, targetIsDirectory = false } = options;
  for (const [name, value] of Object.entries({ partBytes, partsInFlight })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`${name} must be a positive integer`);
  }
  const root = normalizeRoot(options.root ?? "");
  const at = resolvePath(root, path);
  const store: Store = { ...options, partBytes, partsInFlight };
  const exists = await isDirectory(options, at.key, at.label);
  let isFile = false;
  const typeOf = async (): Promise<"file" | "directory" | undefined> => {
    if (exists || (at.isDirectory && !targetIsDirectory)) return "directory";
    isFile = (await headObject(options, at.key, at.label)) !== undefined;
    return isFile ? "file" : undefined;
  };
  const destination = await resolveDestination(path, { typeOf, targetIsDirectory }).catch((error: unknown) => {
    throw error instanceof ScpDestinationError ? new ScpS3Error(at.label, error.code) : error;
  });
  const parent = resolvePath(root, destination.directory);
  const target = directoryTarget(store, parent.key, parent.label);
  return { ...target, destination, directory: isFile ? keepFile(target, destination, at.label) : target.directory };
}

/** Rejects a directory at the path of a file that the destination names, which S3 itself would allow. */
function keepFile(target: DirectoryTarget, destination: ScpDestination, label: string): DirectoryTarget["directory"] {
  return async (entry, context) => {
    if (entry.name === destination.name) throw new ScpS3Error(label, "ENOTDIR");
    return target.directory(entry, context);
  };
}

type DirectoryTarget = ScpTarget & Required<Pick<ScpTarget, "directory">>;

type Store = S3TargetOptions & { readonly partBytes: number; readonly partsInFlight: number };

/** Creates a target for a directory that exists or is treated as existing. */
function directoryTarget(store: Store, key: string, label: string): DirectoryTarget {
  return {
    async file(entry, { signal }) {
      const childPath = childLabel(label, entry.name.text);
      const child = childKey(key, entry.name, childPath);
      if (store.refuseClashes === true && (await isDirectory(store, child, childPath, signal))) {
        throw new ScpS3Error(childPath, "EISDIR");
      }
      return storeFile(store, child, childPath, entry, signal);
    },
    async directory(entry, { signal }) {
      const childPath = childLabel(label, entry.name.text);
      const child = childKey(key, entry.name, childPath);
      if (store.refuseClashes === true && (await headObject(store, child, childPath, signal)) !== undefined) {
        throw new ScpS3Error(childPath, "ENOTDIR");
      }
      return receivedDirectory(store, child, childPath, entry);
    },
  };
}

/** Creates a target for a received directory. Its marker is written after its entries. */
function receivedDirectory(store: Store, key: string, label: string, { mode, times }: ScpEntryInfo): ScpTarget {
  return {
    ...directoryTarget(store, key, label),
    async close() {
      if (store.directoryMarkers === false) return;
      try {
        const { Tagging: _, ...head } = headOf(store, prefixOf(key), "directory", mode, times);
        const Body = new Uint8Array();
        await store.client.send(new PutObjectCommand({ ...head, ContentType: "application/x-directory", Body }));
      } catch (error) {
        throw toS3Error(error, label);
      }
    },
  };
}

function storeFile(
  store: Store,
  key: string,
  label: string,
  { mode, times, size }: ScpEntryInfo,
  signal: AbortSignal,
): WritableStream<Uint8Array> {
  const head = headOf(store, key, "file", mode, times);
  return createObjectWriter({ client: store.client, head, size, label, signal }, store);
}

function headOf(
  { bucket, settings, preserve = false, allowSpecialBits = false }: Store,
  Key: string,
  type: "file" | "directory",
  mode: number,
  times: ScpTimes | undefined,
): S3ObjectHead {
  const kept = preserve && allowSpecialBits ? mode : mode & 0o777;
  return { ...settings, Bucket: bucket, Key, Metadata: toMetadata(type, kept, times) };
}
