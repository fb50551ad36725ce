/** Test files that cannot run without Node, and why. */
export const nodeOnlyFiles: Readonly<Record<string, string>> = {
  "packages/codec/test/quote-path.test.ts": "every test starts shells",
  "packages/source/test/lanes.test.ts": "every test starts real scp processes",
  "packages/source/test/real-scp.test.ts": "every test starts real scp processes",
  "packages/sink/test/real-scp.test.ts": "every test starts real scp processes",
};

/** Tests that cannot run without Node, by the beginning of their full name, and why. */
export const nodeOnlyTests: Readonly<Record<string, string>> = {
  "formatCommand and parseCommand > agree with sh about what the program is given": "starts sh",
  "parseCommand > accepts every option that scp -t accepts": "starts real scp processes",
  "createName > copies bytes of a Buffer, whose own slice() does not": "is about Buffer",
  "splitCommand > agrees with sh on every line it understands": "starts sh",
  "openDownload on the wire > does not pile up listeners on the signal": "counts on a warning of Node's process",
  "openDownload from a real scp -f": "starts real scp processes",
};

/**
 * Tests that workerd fails for a reason of its own, and why. A stream there that was filled beyond its high-water mark does not ask for more
 * when a read brings it below, as the standard wants, but only when it is empty; and a write that ends at once is not counted.
 */
export const workerdDiffers: Readonly<Record<string, string>> = {
  "ChannelIO > asks to wait only when the peer is behind": "waits until the stream is empty",
  "ChannelIO > asks for nothing while the channel has room": "counts no write that has ended at once",
  "createBody > holds the writer back while the reader is behind": "waits until the stream is empty",
};
