import type { Client } from "ssh2";
import { restartKeepalive, socketOf } from "../channel/internals.ts";

/** A keepalive timer is restarted at most this often in one interval, so that the cost does not grow with the data. */
const restartsPerInterval = 8;

/**
 * Restarts the keepalive timer of `client` when anything arrives, as ssh does (`server_alive_check` in OpenSSH's
 * clientloop.c).
 *
 * ssh2 1.17 restarts it only for replies. The reply to a keepalive waits behind the data of an upload, so a slow
 * network would be reported as a lost connection.
 *
 * @param intervalMs milliseconds of silence after which ssh2 sends a keepalive; 0 if it sends none
 */
export function watchSignsOfLife(client: Client, intervalMs: number): void {
  if (intervalMs <= 0) return;
  let restartedAt = performance.now();
  socketOf(client)?.on("data", () => {
    const now = performance.now();
    if (now - restartedAt < intervalMs / restartsPerInterval) return;
    restartedAt = now;
    restartKeepalive(client);
  });
}
