/**
 * The shell that WinSCP needs in SCP mode.
 *
 * @module
 */
export type { ScpShellEntry, ScpShellFiles } from "./winscp/shell-files.ts";
export { serveWinscpShell, type WinscpShellOptions, type WinscpShellOutcome } from "./winscp/winscp-shell.ts";
