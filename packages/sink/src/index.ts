export type { Awaitable, ScpEntryInfo, ScpTarget } from "./target.ts";
