import { createName, type ScpTimes } from "@scpkit/codec";
import type { ScpPlacedEntry, ScpTarget } from "@scpkit/sink";
import { expect, type FixtureCase } from "./suite-case.ts";
import type { ScpTargetFeatures, ScpTargetFixture } from "./target-fixture.ts";

/** Helpers for the cases of the target suite. */

/** A case before it has a fixture. */
export type TargetCase = FixtureCase<ScpTargetFixture, keyof ScpTargetFeatures>;

/** How an entry is sent. */
export interface SentAs {
  readonly mode?: number;
  readonly times?: ScpTimes;
  /** Bytes per write. @default everything at once */
  readonly chunk?: number;
}

/** Stores a file. @param path names from the top; `target` is the directory that holds the last one */
export async function store(
  target: ScpTarget,
  path: readonly string[],
  body: Uint8Array,
  sentAs: SentAs = {},
): Promise<void> {
  const writer = await open(target, path, body.byteLength, sentAs);
  await writeBody(writer, body, sentAs.chunk ?? body.byteLength);
  await writer.close();
}

/** Opens a file. */
export async function open(
  target: ScpTarget,
  path: readonly string[],
  size: number,
  sentAs: SentAs = {},
): Promise<WritableStreamDefaultWriter<Uint8Array>> {
  const { entry, context } = offered("file", path, size, sentAs);
  const writer = (await target.file(entry, context)).getWriter();
  writer.closed.catch(() => {});
  return writer;
}

/** Enters a directory. */
export async function enter(target: ScpTarget, path: readonly string[], sentAs: SentAs = {}): Promise<ScpTarget> {
  if (target.directory === undefined) throw new Error("The target has no directory()");
  const { entry, context } = offered("directory", path, 0, sentAs);
  return target.directory(entry, context);
}

/** Writes `body` in pieces of `chunk` bytes. */
export async function writeBody(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  body: Uint8Array,
  chunk: number,
): Promise<void> {
  for (let from = 0; from < body.byteLength; from += chunk) {
    await writer.ready;
    await writer.write(body.slice(from, from + chunk));
  }
}

/** Returns an entry as a transfer offers it. @param path names from the top */
export function offered(
  type: "file" | "directory",
  path: readonly string[],
  size: number,
  { mode = type === "file" ? 0o644 : 0o755, times }: SentAs = {},
): ScpPlacedEntry {
  return {
    entry: { type, name: createName(path.at(-1) ?? ""), mode, size, times, depth: path.length - 1 },
    context: { path: path.join("/"), signal: new AbortController().signal },
  };
}

/** Returns the attributes of a stored entry. */
export async function stat(
  fixture: ScpTargetFixture,
  path: readonly string[],
): Promise<{ readonly mode?: number | undefined; readonly mtimeMs?: number | undefined }> {
  if (fixture.stat === undefined) throw new Error("The fixture needs stat() for this feature");
  return fixture.stat(path);
}

/** @throws {Error} if the file does not exist, or has other contents */
export async function expectFile(fixture: ScpTargetFixture, path: readonly string[], body: Uint8Array): Promise<void> {
  const stored = await fixture.read(path);
  const name = JSON.stringify(path.join("/"));
  if (stored === undefined) throw new Error(`The file ${name} does not exist`);
  expect(`size of the file ${name}`, stored.byteLength, body.byteLength);
  const differs = body.findIndex((byte, index) => byte !== stored[index]);
  if (differs !== -1) throw new Error(`The file ${name} differs from the written data at byte ${differs}`);
}

/** @throws {Error} if there is a file */
export async function expectAbsent(fixture: ScpTargetFixture, path: readonly string[]): Promise<void> {
  const stored = await fixture.read(path);
  if (stored !== undefined) {
    throw new Error(`The file ${JSON.stringify(path.join("/"))} exists (${stored.byteLength} bytes)`);
  }
}

/** @throws {Error} if the directory contains other names */
export async function expectNames(
  fixture: ScpTargetFixture,
  path: readonly string[],
  names: readonly string[],
): Promise<void> {
  const found = [...(await fixture.list(path))].sort();
  expect(`names in ${JSON.stringify(path.join("/"))}`, JSON.stringify(found), JSON.stringify([...names].sort()));
}

/** @throws {Error} if `run` resolves */
export async function expectRefusal(what: string, run: () => Promise<unknown>): Promise<void> {
  const outcome = await run().then(
    () => "taken",
    () => "refused",
  );
  if (outcome === "taken") throw new Error(`The target accepts ${what}`);
}
