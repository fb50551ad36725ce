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

/** How {@link createS3Target} stores what it receives. */
export interface S3TargetOptions extends S3Location {
  /** Keep setuid, setgid and sticky too, with `allowSpecialBits`: `scp -p`. Times are kept whenever they are sent. @default false */
  readonly preserve?: boolean | undefined;
  /** With `preserve`, keep setuid, setgid and sticky as sent. @default false */
  readonly allowSpecialBits?: boolean | undefined;
  /** The path must be a directory: `scp -d`. @default false */
  readonly targetIsDirectory?: boolean | undefined;
  /**
   * Keep received directories as objects of no bytes whose keys end with a slash. They carry the directory's mode and times, and
   * let an empty directory exist. `false`: a directory is only what the keys in it have in common.
   * @default true
   */
  readonly directoryMarkers?: boolean | undefined;
  /**
   * Refuse a file whose name a directory has, and a directory whose name a file has, which S3 itself keeps side by side. Costs one
   * request for each file; two clients at the same time can still store both.
   * @default false
   */
  readonly refuseClashes?: boolean | undefined;
  /**
   * Bytes of one part: a larger body is uploaded in several. At least 5 MiB for most storages; more for bodies that would not fit
   * into 10000 parts.
   * @default 8388608
   */
  readonly partBytes?: number | undefined;
  /** Parts of one body under way at a time. A body takes `partBytes * (partsInFlight + 1)` bytes of memory at most. @default 4 */
  readonly partsInFlight?: number | undefined;
  /** What each object is stored with, in the SDK's words: `StorageClass`, `ServerSideEncryption`, `ContentType` and so on. */
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
 * A place in an object storage that takes received files.
 *
 * `path` is looked up below `root` by its text; nothing outside is read or written, whatever `path` says. Whether it is a directory
 * is decided once, here, by the rule of `resolveDestination` of `@scpkit/sink`: it is one when a key begins with it and a slash, or when it
 * is the root or ends with a slash. Then entries are stored in it under their own names; if not, a file or directory is stored as
 * `path` itself, whatever its name. `destination` of the target says which. Directories above it need not exist.
 *
 * A file becomes an object when its stream is closed, and replaces the old one at once. An aborted one leaves nothing. Mode and
 * times are kept as metadata, see `toMetadata`. Every failure is an {@link ScpS3Error}.
 *
 * @throws {ScpS3Error} `outside-root`, `no-such-bucket`, `EACCES`; with `targetIsDirectory` `ENOENT` and `ENOTDIR`
 * @throws {TypeError} an option is unknown or has a wrong value: `root` contains `.` or `..`, `partBytes` or `partsInFlight` is not a positive
 *   integer
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

/** Keeps the file that the destination names from being taken for a directory, which S3 itself would allow. */
function keepFile(target: DirectoryTarget, destination: ScpDestination, label: string): DirectoryTarget["directory"] {
  return async (entry, context) => {
    if (entry.name === destination.name) throw new ScpS3Error(label, "ENOTDIR");
    return target.directory(entry, context);
  };
}

type DirectoryTarget = ScpTarget & Required<Pick<ScpTarget, "directory">>;

type Store = S3TargetOptions & { readonly partBytes: number; readonly partsInFlight: number };

/** A directory that was there before, or that counts as one. */
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

/** A directory that arrives: its marker is written after what is in it. */
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
