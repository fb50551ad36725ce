/** Options of {@link createSessionLimiter}. */
export interface ScpSessionLimits {
  /** The maximum number of concurrent sessions. @default 1024 */
  readonly maxSessions?: number | undefined;
  /** The maximum number of concurrent sessions on one connection. @default 10, as OpenSSH's MaxSessions */
  readonly maxSessionsPerConnection?: number | undefined;
}

/** Counts the running sessions of a server. */
export interface ScpSessionLimiter {
  /** The number of running sessions. */
  readonly active: number;
  /**
   * Reserves one session, before it begins.
   *
   * @param connection an object that identifies the connection; absent: only the limit of the server applies
   * @returns a function that frees the session and may be called repeatedly, or `undefined` if the limit is reached
   */
  enter(connection?: object): (() => void) | undefined;
}

/** Creates a counter for the sessions of one server. */
export function createSessionLimiter(limits: ScpSessionLimits = {}): ScpSessionLimiter {
  const { maxSessions = 1024, maxSessionsPerConnection = 10 } = limits;
  const perConnection = new WeakMap<object, number>();
  let active = 0;
  return {
    get active() {
      return active;
    },
    enter(connection) {
      const here = connection === undefined ? 0 : (perConnection.get(connection) ?? 0);
      if (active >= maxSessions || here >= maxSessionsPerConnection) return undefined;
      active += 1;
      if (connection !== undefined) perConnection.set(connection, here + 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        active -= 1;
        if (connection !== undefined) perConnection.set(connection, (perConnection.get(connection) ?? 1) - 1);
      };
    },
  };
}
