export async function runServe(_argv: readonly string[]): Promise<number> {
  throw new Error("Not built yet");
}
