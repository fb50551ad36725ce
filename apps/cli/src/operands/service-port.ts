import { readFileSync } from "node:fs";

/**
 * The port that `text` names: 1 to 65535, or a TCP service of /etc/services. `undefined`: neither.
 * As OpenSSH's a2port, leading white space and a plus sign are allowed.
 *
 * @param services contents of a services(5) file, read only when `text` is not a number. @default that of this system
 */
export function parsePort(text: string, services: () => string = systemServices): number | undefined {
  if (/^\s*[+-]?\d+$/.test(text)) {
    const port = Number(text);
    return port >= 1 && port <= 65_535 ? port : undefined;
  }
  return text === "" ? undefined : findService(text, services());
}

function findService(name: string, services: string): number | undefined {
  for (const line of services.split("\n")) {
    const [first, address, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (first !== name && !aliases.includes(name)) continue;
    const match = /^(\d+)\/tcp$/.exec(address ?? "");
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}

function systemServices(): string {
  try {
    const windows = process.platform === "win32";
    const root = process.env.SystemRoot ?? "C:\\Windows";
    return readFileSync(windows ? `${root}\\System32\\drivers\\etc\\services` : "/etc/services", "utf8");
  } catch {
    return "ssh 22/tcp\n";
  }
}
