const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** "1.5 GiB": at most three significant figures. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < BINARY.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const figure = unit === 0 || value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1);
  return `${figure} ${BINARY[unit]}`;
}

export function bytesPerSecond(count: number): string {
  return `${bytes(count)}/s`;
}

/** The share of a part in a whole, from 0 to 100; 0 of nothing. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}

export function percentText(value: number): string {
  return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value)} %`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}
