import type { Duplex, Writable } from "node:stream";

/**
 * The ssh2 objects that a caller passes in, identified by their methods. The public declarations use these types, so
 * that a program does not need `@types/ssh2`. Inside this package the objects have the types of `@types/ssh2`.
 */

/** A client of ssh2, as `new Client()` returns it. */
export interface Ssh2Client {
  /** Runs a command on the server. */
  exec(...args: never[]): unknown;
  /** Opens a TCP connection from the server. */
  forwardOut(...args: never[]): unknown;
  /** Closes the connection. */
  end(): unknown;
}

/** An agent of ssh2: an instance of its `BaseAgent`. */
export interface Ssh2Agent {
  /** Lists the public keys of the agent. */
  getIdentities(...args: never[]): unknown;
  /** Signs data with a key of the agent. */
  sign(...args: never[]): unknown;
}

/** A session of an ssh2 server, as ssh2 gives it to listeners of a client's `session` event. */
export interface Ssh2ServerSession {
  /** Registers a listener for exec requests. */
  on(event: "exec", listener: (...args: never[]) => void): unknown;
  /** Returns the number of listeners for exec requests. */
  listenerCount(event: "exec"): number;
}

/** The channel of a request that an ssh2 server has accepted. */
export interface Ssh2ServerChannel extends Duplex {
  /** Sends the exit status, or the signal that ended the command. */
  exit(...args: never[]): unknown;
  /** Standard error of the command. */
  readonly stderr: Writable;
}
