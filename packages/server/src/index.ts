/**
 * Serves scp commands over session channels.
 *
 * @module
 */
export { describeForPeer } from "./session/describe-for-peer.ts";
export { createMetrics, type ScpMeter, type ScpMetricAttributes, type ScpMetricOptions } from "./metrics.ts";
export type { ScpServeRequest } from "./session/request.ts";
export { serveCommand } from "./serve-command.ts";
export type {
  ScpHandled,
  ScpServeHandlers,
  ScpServeOptions,
  ScpServeOutcome,
  ScpServerEvent,
  ScpSessionOption,
  ScpUnhandled,
} from "./serve-options.ts";
export {
  createScpServer,
  type ScpServer,
  type ScpServerOptions,
  type ScpServerSession,
  type ScpShutdown,
} from "./server.ts";
export { createSessionLimiter, type ScpSessionLimiter, type ScpSessionLimits } from "./session/session-limiter.ts";
