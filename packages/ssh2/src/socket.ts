/*
 * The TCP connection alone, without ssh2: a program that starts can connect while it loads the rest.
 */
export { openSocket, type SocketAddress } from "./client/open-socket.ts";
