import type { ScpTransferEvent, ScpTransferSummary, ScpTransport } from "@scpkit/core";
import { type ScpEntries, upload } from "@scpkit/source";
import { SharedTree } from "./shared-tree.ts";

/** A host to deploy to. */
export interface DeployHost {
  /** For people. */
  readonly name: string;
  readonly transport: ScpTransport;
  /** The directory there that receives the build. */
  readonly path: string;
}

/** What became of one host. */
export type DeployOutcome =
  | { readonly name: string; readonly summary: ScpTransferSummary }
  | { readonly name: string; readonly error: unknown };

/** Options of {@link deploy}. */
export interface DeployOptions {
  /** Milliseconds after which a host that takes nothing is given up, so that the others go on. @default 30000 */
  readonly stallMs?: number | undefined;
  readonly onEvent?: ((name: string, event: ScpTransferEvent) => void) | undefined;
}

/**
 * Uploads `entries` to all hosts at once. Every file is read once; the slowest host sets the pace, and one that fails or stalls drops out
 * while the others go on. Never rejects.
 */
export async function deploy(
  entries: ScpEntries,
  hosts: readonly DeployHost[],
  { stallMs = 30_000, onEvent }: DeployOptions = {},
): Promise<readonly DeployOutcome[]> {
  const tree = new SharedTree(entries);
  const views = hosts.map(() => tree.join());
  return Promise.all(
    hosts.map(async ({ name, transport, path }, index): Promise<DeployOutcome> => {
      const view = views[index];
      try {
        const summary = await upload(transport, path, view?.entries ?? [], {
          preserve: true,
          targetIsDirectory: true,
          limits: { stallMs },
          onEvent: (event) => onEvent?.(name, event),
        });
        return { name, summary };
      } catch (error) {
        return { name, error };
      } finally {
        view?.leave();
      }
    }),
  );
}
