import type { ScpEntryContext } from "@scpkit/core";
import { ScpDestinationError } from "./destination-error.ts";
import type { ScpDestination, ScpEntryInfo, ScpTarget } from "./target.ts";

/** An entry as a target is asked about it. */
export interface ScpPlacedEntry {
  readonly entry: ScpEntryInfo;
  /** Its `path` is the path in the storage. */
  readonly context: ScpEntryContext;
}

/**
 * Gives a top-level entry the name and the path that `target.destination` says; returns other entries as they are. `receiveEntries`
 * does this for every entry. Code that calls a target without it calls this once, before the outermost target.
 *
 * @throws {ScpDestinationError} `EISDIR`: the entry is a file, and only a directory can be stored there
 */
export function placeEntry(
  target: Pick<ScpTarget, "destination">,
  entry: ScpEntryInfo,
  context: ScpEntryContext,
): ScpPlacedEntry {
  const placed = locateEntry(target.destination, entry, context);
  checkPlaced(target.destination, placed);
  return placed;
}

/** Does what {@link placeEntry} does without the check. */
export function locateEntry(
  destination: ScpDestination | undefined,
  entry: ScpEntryInfo,
  context: ScpEntryContext,
): ScpPlacedEntry {
  if (destination === undefined || entry.depth > 0) return { entry, context };
  const { directory, name = entry.name } = destination;
  return { entry: { ...entry, name }, context: { path: joinPath(directory, name.text), signal: context.signal } };
}

/** @throws {ScpDestinationError} `EISDIR` */
export function checkPlaced(destination: ScpDestination | undefined, { entry, context }: ScpPlacedEntry): void {
  if (destination?.mustBeDirectory === true && entry.depth === 0 && entry.type === "file") {
    throw new ScpDestinationError(context.path, "EISDIR");
  }
}

/** `directory/name`; the name alone in the root. */
export function joinPath(directory: string, name: string): string {
  return directory === "" || directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
