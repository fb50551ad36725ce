import type { ScpTransferEvent } from "@scpkit/core";
import type { ScpServerEvent } from "./serve-options.ts";

/** The attributes of one measurement. */
export type ScpMetricAttributes = Readonly<Record<string, string | number>>;

/**
 * The part of OpenTelemetry's `Meter` that is used here, for example `metrics.getMeter("scp")` of `@opentelemetry/api`.
 */
export interface ScpMeter {
  /** Creates an instrument whose value only increases. */
  createCounter(
    name: string,
    options: ScpMetricOptions,
  ): {
    /** Adds to the value. */
    add(value: number, attributes: ScpMetricAttributes): void;
  };
  /** Creates an instrument whose value increases and decreases. */
  createUpDownCounter(
    name: string,
    options: ScpMetricOptions,
  ): {
    /** Adds to the value; a negative number subtracts. */
    add(value: number, attributes: ScpMetricAttributes): void;
  };
  /** Creates an instrument that records a distribution of values. */
  createHistogram(
    name: string,
    options: ScpMetricOptions,
  ): {
    /** Records one value. */
    record(value: number, attributes: ScpMetricAttributes): void;
  };
}

/** Describes what an instrument measures. */
export interface ScpMetricOptions {
  readonly description: string;
  /** The unit in UCUM, as in OpenTelemetry: `s`, `By`, `{file}`. */
  readonly unit: string;
}

/**
 * Makes an observer that measures, to be passed as `onEvent` or called from it.
 *
 * | instrument                     | kind            | unit          | attributes besides `network.io.direction` |
 * |--------------------------------|-----------------|---------------|-------------------------------------------|
 * | `scp.server.sessions.active`   | up-down counter | `{session}`   |                                           |
 * | `scp.server.session.duration`  | histogram       | `s`           | `error.type` when it failed               |
 * | `scp.server.io`                | counter         | `By`          |                                           |
 * | `scp.server.files`             | counter         | `{file}`      |                                           |
 * | `scp.server.directories`       | counter         | `{directory}` |                                           |
 * | `scp.server.failures`          | counter         | `{failure}`   | `error.type`, `scp.failure.side`          |
 *
 * `network.io.direction` is `receive` for uploads and `transmit` for downloads. `error.type` is the code of the error,
 * or the name of its class: few values, none written by a peer. `scp.server.io` counts body bytes as they pass, also
 * those of files that fail later.
 */
export function createMetrics(meter: ScpMeter): (event: ScpServerEvent<unknown>) => void {
  const active = meter.createUpDownCounter("scp.server.sessions.active", {
    description: "Commands under way",
    unit: "{session}",
  });
  const duration = meter.createHistogram("scp.server.session.duration", {
    description: "Time from the command to its exit status",
    unit: "s",
  });
  const io = meter.createCounter("scp.server.io", { description: "Body bytes that passed", unit: "By" });
  const files = meter.createCounter("scp.server.files", { description: "Files that arrived whole", unit: "{file}" });
  const directories = meter.createCounter("scp.server.directories", {
    description: "Directories entered and left",
    unit: "{directory}",
  });
  const failures = meter.createCounter("scp.server.failures", {
    description: "Entries that did not arrive",
    unit: "{failure}",
  });
  const counted = new WeakMap<object, number>();

  const onTransfer = (event: ScpTransferEvent, attributes: ScpMetricAttributes): void => {
    switch (event.type) {
      case "progress":
        io.add(event.transferred - (counted.get(event.entry) ?? 0), attributes);
        counted.set(event.entry, event.transferred);
        return;
      case "finish":
        (event.entry.type === "file" ? files : directories).add(1, attributes);
        return;
      case "failure": {
        const { error, side } = event.failure;
        failures.add(1, { ...attributes, "error.type": errorType(error), "scp.failure.side": side });
      }
    }
  };

  return (event) => {
    const direction = event.request.direction === "upload" ? "receive" : "transmit";
    const attributes: ScpMetricAttributes = { "network.io.direction": direction };
    switch (event.type) {
      case "session-start":
        active.add(1, attributes);
        return;
      case "transfer":
        onTransfer(event.event, attributes);
        return;
      case "session-end": {
        const { outcome, durationMs } = event;
        const failed: ScpMetricAttributes = outcome.exitCode === 0 ? {} : { "error.type": errorType(outcome.error) };
        active.add(-1, attributes);
        duration.record(durationMs / 1000, { ...attributes, ...failed });
      }
    }
  };
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string" && /^[\w-]{1,40}$/.test(error.code)) return error.code;
  return error.name;
}
