const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Parses a duration in the time format of sshd_config(5): `90`, `5m`, `1h30m`.
 *
 * @returns seconds, or `undefined` if it is not a duration or longer than 2^31 - 1 seconds
 */
export function parseSeconds(text: string): number | undefined {
  if (!/^(?:\d+[smhdw])*\d*$/i.test(text)) return undefined;
  let total = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+)([smhdw]?)/gi)) {
    total += Number(amount) * (units[unit.toLowerCase()] ?? 1);
  }
  return total <= 0x7fffffff ? total : undefined;
}
