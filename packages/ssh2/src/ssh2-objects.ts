import type { Duplex, Writable } from "node:stream";

/**
 * The ssh2 objects that a caller passes in, identified by their methods. The public declarations use these types, so
 * that a program does not need `@types/ssh2`. Inside this package the objects have the types of `@types/ssh2`.
 */

/** A client of ssh2, as `new Client()` returns it. */
export interface Ssh2Client {
  exec(...args: never[]): unknown;
  forwardOut(...args: never[]): unknown;
  end(): unknown;
}

/** An agent of ssh2: an instance of its `BaseAgent`. */
export interface Ssh2Agent {
  getIdentities(...args: never[]): unknown;
  sign(...args: never[]): unknown;
}

/** A session of an ssh2 server, as ssh2 gives it to listeners of a client's `session` event. */
export interface Ssh2ServerSession {
  on(event: "exec", listener: (...args: never[]) => void): unknown;
  listenerCount(event: "exec"): number;
}

/** The channel of a request that an ssh2 server has accepted. */
export interface Ssh2ServerChannel extends Duplex {
  exit(...args: never[]): unknown;
  readonly stderr: Writable;
}
