import { resolveRuntime } from "../runtimes.ts";
import { cat } from "./cat.ts";
import type { Peer } from "./peer.ts";
import { rsync } from "./rsync.ts";
import { scp, scpLegacy } from "./scp.ts";
import { createScpkit } from "./scpkit.ts";
import { sftpClient } from "./sftp-client.ts";
import { tar } from "./tar.ts";

/** Which peers to compare. */
export interface PeerChoice {
  /** Names of peers; if absent, all. `scpkit` stands for all its variants. */
  readonly names?: readonly string[] | undefined;
  /** Runtimes to run scpkit with. @default ["node"] */
  readonly runtimes?: readonly string[] | undefined;
  /** Values of `--parallel` to run scpkit with, in addition to its default. */
  readonly parallel?: readonly number[] | undefined;
}

/** A requested peer that cannot take part. */
export interface AbsentPeer {
  readonly name: string;
  readonly reason: string;
}

const others: readonly Peer[] = [scp, scpLegacy, tar, rsync, sftpClient, cat];

/** Returns the peers that can take part on this machine, and why the others cannot. @throws if a name is unknown */
export async function choosePeers(choice: PeerChoice): Promise<{ present: Peer[]; absent: AbsentPeer[] }> {
  const known = ["scpkit", ...others.map((peer) => peer.name)];
  const names = choice.names ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no peer ${JSON.stringify(unknown)}: use ${known.join(", ")}`);
  const candidates = names.includes("scpkit") ? await scpkitPeers(choice) : { present: [], absent: [] };
  candidates.present.push(...others.filter((peer) => names.includes(peer.name)));
  const present: Peer[] = [];
  const absent: AbsentPeer[] = [...candidates.absent];
  for (const peer of candidates.present) {
    const reason = await peer.problem();
    if (reason === undefined) present.push(peer);
    else absent.push({ name: peer.name, reason });
  }
  return { present, absent };
}

async function scpkitPeers(choice: PeerChoice): Promise<{ present: Peer[]; absent: AbsentPeer[] }> {
  const present: Peer[] = [];
  const absent: AbsentPeer[] = [];
  for (const name of choice.runtimes ?? ["node"]) {
    try {
      const runtime = await resolveRuntime(name);
      for (const parallel of [undefined, ...(choice.parallel ?? [])]) present.push(createScpkit({ runtime, parallel }));
    } catch (error) {
      absent.push({ name: `scpkit@${name}`, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { present, absent };
}
