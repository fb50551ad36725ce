/** Options of {@link createSessionLimiter}. */
export interface ScpSessionLimits {
  /** Sessions at the same time. @default 1024 */
  readonly maxSessions?: number | undefined;
  /** Sessions at the same time on one connection. @default 10, as OpenSSH's MaxSessions */
  readonly maxSessionsPerConnection?: number | undefined;
}

/** Counts the sessions of a server. */
export interface ScpSessionLimiter {
  /** Sessions under way. */
  readonly active: number;
  /**
   * Takes one place, before the session begins.
   *
   * @param connection any object that stands for the connection; absent: counts for the server only
   * @returns gives the place back, any number of times; `undefined` when none is free
   */
  enter(connection?: object): (() => void) | undefined;
}

/** Makes a counter for the sessions of one server. */
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
