import { setTimeout as sleep } from "node:timers/promises";

/** Waits until something is so. @throws {Error} after 30 seconds */
export async function waitFor(what: string, isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries === 1_500) throw new Error(`Waited in vain: ${what}`);
    await sleep(20);
  }
}
