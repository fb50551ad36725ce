/**
 * Opens the TCP connection without loading ssh2, so that a program can connect while it loads the rest.
 *
 * @module
 */
export { openSocket, type SocketAddress } from "./client/open-socket.ts";
