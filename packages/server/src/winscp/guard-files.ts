import { createName, type ScpName } from "@scpkit/codec";
import type { ScpPolicy } from "@scpkit/middleware";
import { ScpRefusalError } from "@scpkit/middleware";
import { evaluatePolicy } from "@scpkit/middleware/engine";
import type { ScpShellEntry, ScpShellFiles } from "./shell-files.ts";

/**
 * The properties of an entry, apart from its path, that a policy decides by. `name` is the listed name with its bytes.
 */
type Subject = Pick<ScpShellEntry, "type" | "mode" | "size"> & { readonly name?: ScpName | undefined };

/** Stands for a missing file; the call that follows reports the error. */
const missing: Subject = { type: "file", mode: 0, size: 0 };

/**
 * Asks `policy` before files are changed: about a new directory, about everything that is removed or changes its mode,
 * and about the old and the new path of everything that is renamed. If one entry is rejected, the whole change is
 * rejected. A directory whose name is not valid UTF-8 rejects the change too, because a path cannot express its name,
 * so the policy cannot decide about its contents. `stat` and `list` do not ask the policy.
 *
 * If another session stores an entry in a directory after it was listed and before it is renamed, the entry moves with
 * the directory without a decision about its new path.
 *
 * @param signal ends the traversal of a large directory
 */
export function guardFiles(files: ScpShellFiles, policy: ScpPolicy, signal: AbortSignal): ScpShellFiles {
  const { makeDirectory, remove, rename, setMode } = files;

  /** Returns the path under which the policy allows the entry. */
  const ask = async (path: string, { type, mode, size, name: listed }: Subject): Promise<string> => {
    const last = path.slice(path.lastIndexOf("/") + 1);
    const name = listed?.text === last ? listed : createName(last);
    const kind = type === "directory" ? "directory" : "file";
    const asked = { direction: "upload", type: kind, path: path.slice(1), name, size, mode } as const;
    const decided = await evaluatePolicy(policy, asked, signal);
    if ("skipped" in decided) throw new ScpRefusalError("policy", decided.skipped);
    return path.slice(0, path.length - name.text.length) + decided.name.text;
  };
  /** Asks about an operation that cannot rename the entry. */
  const askAsIs = async (path: string, subject: Subject): Promise<void> => {
    if ((await ask(path, subject)) !== path) throw new ScpRefusalError("policy", "Operation not permitted");
  };
  const tree = (path: string): AsyncGenerator<[string, Subject]> => entriesBelow(files, path, signal);

  return {
    stat: (path) => files.stat(path),
    list: (path) => files.list(path),
    ...(makeDirectory && {
      async makeDirectory(path) {
        await makeDirectory.call(files, await ask(path, { type: "directory", mode: 0o777, size: 0 }));
      },
    }),
    ...(remove && {
      async remove(path) {
        for await (const [at, subject] of tree(path)) await askAsIs(at, subject);
        await remove.call(files, path);
      },
    }),
    ...(rename && {
      async rename(from, to) {
        let target = to;
        for await (const [at, subject] of tree(from)) {
          await askAsIs(at, subject);
          if (at === from) target = await ask(to, subject);
          else await askAsIs(target + at.slice(from.length), subject);
        }
        await rename.call(files, from, target);
      },
    }),
    ...(setMode && {
      async setMode(path, mode, options) {
        for await (const [at, subject] of tree(path)) {
          await askAsIs(at, { ...subject, mode });
          if (!options.recursive) break;
        }
        await setMode.call(files, path, mode, options);
      },
    }),
  };
}

/** Yields the entry at `path` and everything below it. Does not follow links. */
async function* entriesBelow(
  files: ScpShellFiles,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<[string, Subject], void, void> {
  const { type, mode, size } = (await files.stat(path)) ?? missing;
  const pending: [string, Subject][] = [[path, { type, mode, size }]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    const [directory, subject] = next;
    if (subject.type !== "directory") continue;
    for await (const child of await files.list(directory)) {
      signal.throwIfAborted();
      const name = typeof child.name === "string" ? createName(child.name) : child.name;
      if (child.type === "directory" && !name.exact) throw new ScpRefusalError("policy", "Operation not permitted");
      const { type, mode, size } = child;
      pending.push([directory === "/" ? `/${name.text}` : `${directory}/${name.text}`, { type, mode, size, name }]);
    }
  }
}
