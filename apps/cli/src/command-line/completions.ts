import { bashCompletion } from "./completions-bash.ts";
import { fishCompletion } from "./completions-fish.ts";
import { zshCompletion } from "./completions-zsh.ts";
import type { CompletionShell } from "./parse.ts";

const scripts: Readonly<Record<CompletionShell, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/**
 * Returns the script that completes scpkit's command line in `shell`: commands, options, their arguments, local files and known
 * hosts. Remote paths are not completed.
 */
export function completions(shell: CompletionShell): string {
  return scripts[shell]();
}
