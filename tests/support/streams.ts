// Also runs in Chromium and workerd: no Node modules.

/** Reads a stream of bytes to its end. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const length = await forEachChunk(stream, (chunk) => chunks.push(chunk));
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** Reads a stream of UTF-8 text to its end. */
export async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await readAll(stream));
}

/** Reads a stream of bytes to its end without keeping them, and returns their number. */
export function countBytes(stream: ReadableStream<Uint8Array>): Promise<number> {
  return forEachChunk(stream, () => {});
}

async function forEachChunk(
  stream: ReadableStream<Uint8Array>,
  visit: (chunk: Uint8Array) => unknown,
): Promise<number> {
  const reader = stream.getReader();
  for (let length = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return length;
    length += value.byteLength;
    visit(value);
  }
}

/** Returns pseudorandom bytes; the same seed gives the same bytes. */
export function patterned(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let index = 0; index < words.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}
