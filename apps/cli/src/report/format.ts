/** Bytes in six columns: `   0  `, `9999  `, `  10KB`. */
export function formatSize(bytes: number): string {
  const [value, unit] = scale(bytes, 10_000);
  return `${String(value).padStart(4)}${unit}`;
}

/** Bytes per second in seven columns, at least kilobytes: `  0.0KB`, ` 12.3MB`. */
export function formatRate(bytesPerSecond: number): string {
  let [hundredths, unit] = scale(Math.trunc(bytesPerSecond) * 100, 100_000);
  if (unit === "  ") [hundredths, unit] = [Math.floor((hundredths + 512) / 1024), "KB"];
  const rounded = hundredths + 5;
  return `${String(Math.floor(rounded / 100)).padStart(3)}.${Math.floor(rounded / 10) % 10}${unit}`;
}

/** A duration in seven columns or more: `  00:59`, `1:00:00`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.trunc(seconds));
  const hours = Math.floor(whole / 3600);
  const rest = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return hours > 0 ? `${hours}:${rest}` : `  ${rest}`;
}

function scale(amount: number, limit: number): [number, string] {
  const units = ["  ", "KB", "MB", "GB", "TB"];
  let value = amount;
  let unit = 0;
  for (; value >= limit && unit < units.length - 1; unit++) value = Math.floor((value + 512) / 1024);
  return [value, units[unit] ?? ""];
}
