import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createDelayProxy, type DelayProxy, type DelayProxyOptions } from "./delay-proxy.ts";

/**
 * Does the same as {@link createDelayProxy} in its own process, so that it takes no time from the measuring process. It
 * ends with its parent.
 */
export async function startDelayProxy(options: DelayProxyOptions): Promise<DelayProxy> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)]);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(Number(message)));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The delay proxy ended with ${code} before it listened`)));
  });
  return {
    port,
    close: () => {
      if (child.connected) child.disconnect();
      return gone;
    },
  };
}

const argument = process.argv[2];
if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url) && argument !== undefined) {
  const proxy = await createDelayProxy(JSON.parse(argument));
  process.once("disconnect", () => process.exit());
  // An interrupt at the terminal reaches the whole group; the parent decides when the proxy ends.
  process.on("SIGINT", () => undefined);
  process.send(proxy.port);
}
