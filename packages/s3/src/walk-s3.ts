import { checkOptions, createName, nameProblem, type OptionKinds } from "@scpkit/codec";
import type { ScpDirectoryEntry, ScpEntry, ScpFileEntry } from "@scpkit/source";
import { childLabel, lastName, normalizeRoot, prefixOf, resolvePath } from "./key.ts";
import { type ListedChild, listDirectory } from "./list-directory.ts";
import { headObject, isDirectory } from "./look-up.ts";
import { fromMetadata } from "./metadata.ts";
import { defaultFileMode, modeAndTimes, openObject } from "./read-object.ts";
import { ScpS3Error } from "./s3-error.ts";
import { locationKinds, locationSettings, type S3Location } from "./s3-location.ts";

/** Options of {@link walkS3}. */
export interface S3WalkOptions extends S3Location {
  /**
   * Includes directories. Without it a directory is a failed entry, `not a regular file`, as in OpenSSH. @default false
   */
  readonly recursive?: boolean | undefined;
}

const optionKinds: OptionKinds<S3WalkOptions> = { ...locationKinds, recursive: "boolean" };

/** The mode of a directory without a marker. */
const defaultDirectoryMode = 0o755;

/**
 * Yields the one entry for a path in an object storage: a file, a directory with everything in it, or a failure.
 *
 * `path` is looked up below `root` as by `createS3Target`. An existing key is a file; otherwise a common prefix of keys
 * that ends with a slash is a directory. The root itself is sent under its last component, or under the bucket's name.
 * Directories are listed page by page, and an object is requested when it is sent: size, mode and times are then those
 * of the body. Mode and times come from the metadata that the target or AWS's file services wrote. Without metadata
 * they are 0644, 0755 for a directory, and the time of the upload.
 *
 * `path` of an entry is its key below `root`. Keys that cannot be sent are failed entries with an {@link ScpS3Error}:
 * keys with empty, `.` or `..` components, or with a newline.
 *
 * @throws {TypeError} at once, if an option is unknown or has an invalid value
 */
export function walkS3(path: string, options: S3WalkOptions): AsyncGenerator<ScpEntry, void, void> {
  checkOptions("walkS3", options, optionKinds, locationSettings);
  return walkPath(path, options);
}

async function* walkPath(path: string, options: S3WalkOptions): AsyncGenerator<ScpEntry, void, void> {
  const { bucket, root = "" } = options;
  const walker = new Walker(options);
  let name = lastName(path.replace(/(?<!\/)\/+$/, ""));
  try {
    const at = resolvePath(normalizeRoot(root), path);
    name = at.key === "" ? bucket : lastName(at.key);
    yield await walker.operand(at.key, at.label, name, at.isDirectory);
  } catch (error) {
    yield { type: "failed", name, error };
  }
}

class Walker {
  readonly #options: S3WalkOptions;

  constructor(options: S3WalkOptions) {
    this.#options = options;
  }

  async operand(key: string, label: string, name: string, asDirectory: boolean): Promise<ScpEntry> {
    const head = asDirectory ? undefined : await headObject(this.#options, key, label);
    if (head !== undefined) {
      checkName(name, label);
      const size = head.ContentLength ?? 0;
      return { type: "file", path: label, name, size, ...modeAndTimes(head), ...this.#opener(key, label) };
    }
    if (label !== "" && !(await isDirectory(this.#options, key, label))) throw new ScpS3Error(label, "ENOENT");
    return await this.#directory(key, label, name);
  }

  #file({ name, size, modifiedMs }: ListedChild, key: string, label: string): ScpFileEntry {
    checkName(name, label);
    const times = { mtimeMs: modifiedMs, atimeMs: modifiedMs };
    return { type: "file", path: label, name, mode: defaultFileMode, size, times, ...this.#opener(key, label) };
  }

  async #directory(key: string, label: string, name: string, signal?: AbortSignal): Promise<ScpDirectoryEntry> {
    checkName(name, label);
    if (this.#options.recursive !== true) throw new ScpS3Error(label, "not-a-regular-file");
    const marker = key === "" ? undefined : await headObject(this.#options, prefixOf(key), label, signal);
    const { mode = defaultDirectoryMode, times } = fromMetadata(marker?.Metadata);
    const entries: ScpDirectoryEntry["entries"] = ({ signal }) => this.#entries(key, label, signal);
    return { type: "directory", path: label, name, mode, times, entries };
  }

  async *#entries(key: string, label: string, signal: AbortSignal): AsyncGenerator<ScpEntry, void, void> {
    for await (const child of listDirectory(this.#options, key, label, signal)) {
      const childKey = `${prefixOf(key)}${child.name}`;
      const childPath = childLabel(label, child.name);
      try {
        yield child.type === "file"
          ? this.#file(child, childKey, childPath)
          : await this.#directory(childKey, childPath, child.name, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        yield { type: "failed", name: child.name, error };
      }
    }
  }

  #opener(key: string, label: string): Pick<ScpFileEntry, "open"> {
    return { open: ({ signal }) => openObject(this.#options, key, label, signal) };
  }
}

/** @throws {ScpS3Error} if the key is not a valid path of a file */
function checkName(name: string, label: string): void {
  if (name.includes("\n")) throw new ScpS3Error(label, "newline-in-name");
  const problem = nameProblem(createName(name));
  if (problem !== undefined) throw new ScpS3Error(label, "name-not-storable", `The key cannot be sent: ${problem}`);
}
