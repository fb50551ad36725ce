import process from "node:process";
import { patterned } from "@scpkit/test-support/streams";
import { createStdioChannel } from "../../src/index.ts";

// Run as a child by stdio-channel.test.ts: behaves as its argument says.
const channel = createStdioChannel();

switch (process.argv[2]) {
  case "echo": {
    const output = channel.writable.getWriter();
    for await (const chunk of channel.readable) await output.write(chunk);
    await channel.stderr.getWriter().write(new TextEncoder().encode("a note"));
    await channel.exit(3);
    await channel.exit(4);
    break;
  }
  case "exit-at-once": {
    const output = channel.writable.getWriter();
    output.write(patterned(5_000_000)).catch(() => {});
    output.close().catch(() => {});
    await channel.exit(0);
    break;
  }
  case "exit-with-input-open":
    await channel.exit(7);
    break;
  case "cancel": {
    await channel.readable.cancel();
    await channel.writable.getWriter().write(new TextEncoder().encode("enough"));
    await channel.exit(1);
    break;
  }
  case "write-until-signal": {
    process.once("SIGTERM", () => process.exit(42));
    const output = channel.writable.getWriter();
    output.write(new Uint8Array(1_000_000)).catch(() => {});
    await channel.stderr.getWriter().write(new TextEncoder().encode("ready"));
    break;
  }
  case "write-for-ever": {
    const output = channel.writable.getWriter();
    try {
      for (;;) await output.write(new Uint8Array(100_000));
    } catch (error) {
      await channel.closed;
      await channel.exit(error instanceof Error && "code" in error && error.code === "lost" ? 42 : 43);
    }
    break;
  }
}
