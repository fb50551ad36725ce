/**
 * Waits until `isSo` returns true.
 *
 * @param what the condition, for the error message
 * @throws {Error} after 30 seconds
 */
export async function waitFor(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    if (tries === 1_500) throw new Error(`Timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
