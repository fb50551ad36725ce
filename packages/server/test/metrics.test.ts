import assert from "node:assert/strict";
import { test } from "node:test";
import { download } from "@scpkit/sink";
import { createMemoryTarget } from "@scpkit/sink/memory";
import { upload } from "@scpkit/source";
import { directory, file } from "@scpkit/test-support/memory/entries";
import { createMetrics, type ScpMeter, serveCommand } from "../src/index.ts";
import { createTransport } from "./support/session-pair.ts";

/** A meter that sums up what is added, by name and attributes, and counts what is recorded. */
function createMeter(): { meter: ScpMeter; sums: Map<string, number>; units: Map<string, string> } {
  const sums = new Map<string, number>();
  const units = new Map<string, string>();
  const instrument = (name: string, { unit, description }: { unit: string; description: string }) => {
    assert.ok(description.length > 0);
    units.set(name, unit);
    const add = (value: number, attributes: object): void => {
      const key = `${name} ${Object.values(attributes).join(" ")}`;
      sums.set(key, (sums.get(key) ?? 0) + value);
    };
    return {
      add,
      record: (value: number, attributes: object): void => {
        assert.ok(value >= 0 && value < 60, "a duration in seconds");
        add(1, attributes);
      },
    };
  };
  return {
    meter: { createCounter: instrument, createUpDownCounter: instrument, createHistogram: instrument },
    sums,
    units,
  };
}

test("sessions, bytes, files and failures are counted with OpenTelemetry's attributes", async () => {
  const { meter, sums, units } = createMeter();
  const onEvent = createMetrics(meter);
  const target = createMemoryTarget();
  const transport = createTransport((command, channel) =>
    serveCommand(command, channel, {
      session: { user: "ada" },
      onEvent,
      target: () => ({
        ...target,
        file(entry, context) {
          if (entry.name.text === "no") throw Object.assign(new Error("full"), { code: "ENOSPC" });
          return target.file(entry, context);
        },
      }),
      entries: () => [file("x", new Uint8Array(200_000))],
    }),
  );
  await upload(transport, "in", [directory("d", [file("a", "123")]), file("b", new Uint8Array(300_000))]);
  await assert.rejects(upload(transport, "in", [file("no", "1")]));
  await download(transport, "x", createMemoryTarget());

  assert.deepEqual(Object.fromEntries([...sums].sort()), {
    "scp.server.directories receive": 1,
    "scp.server.failures receive ENOSPC local": 1,
    "scp.server.files receive": 2,
    "scp.server.files transmit": 1,
    "scp.server.io receive": 300_003,
    "scp.server.io transmit": 200_000,
    "scp.server.session.duration receive": 1,
    "scp.server.session.duration receive incomplete": 1,
    "scp.server.session.duration transmit": 1,
    "scp.server.sessions.active receive": 0,
    "scp.server.sessions.active transmit": 0,
  });
  assert.equal(units.get("scp.server.io"), "By");
  assert.equal(units.get("scp.server.session.duration"), "s");
});
