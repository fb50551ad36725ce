import type { ScpLimits } from "@scpkit/core";
import type { Sample } from "../sample.ts";

/** What a server process is started with. */
export interface ServerSettings {
  readonly root: string;
  readonly maxConnections: number;
  readonly maxSessionsPerConnection: number;
  /** Connections of one address that have not logged in. @default as many as there may be connections */
  readonly maxStartupsPerAddress?: number | undefined;
  readonly loginGraceMs?: number | undefined;
  readonly limits?: Partial<ScpLimits> | undefined;
}

/** What the server holds at one moment. */
export interface ServerSample {
  readonly type: "sample";
  readonly sample: Sample;
  /** Sessions that have ended. */
  readonly served: number;
  /** Sessions under way. */
  readonly active: number;
  readonly connections: number;
  /** The longest delay of the event loop since the sample before, in ms. */
  readonly longestTurnMs: number;
  /** Sessions that ended in an error, counted by its code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Logins so far, counted by the user's name. */
  readonly logins: Readonly<Record<string, number>>;
}

/** What a server process says. */
export type ServerMessage = ServerSample | { readonly type: "ready"; readonly port: number };
