// A curve as an SVG path. Where there is no value there is a gap; a value between two gaps is a dot.

/** In a box of `width` × `height`, 0 at the bottom and `most` at the top. */
export function curvePath(
  values: (number | null)[],
  { width, height, most }: { width: number; height: number; most: number },
): string {
  const step = width / Math.max(1, values.length - 1);
  const round = (value: number) => Math.round(value * 100) / 100;
  let path = "";
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const [x, y] = [round(i * step), round(height - (Math.min(value, most) / most) * height)];
    const [isFirst, isLast] = [(values[i - 1] ?? null) === null, (values[i + 1] ?? null) === null];
    path += isFirst ? `M${x} ${y}${isLast ? "h0.01" : ""}` : `L${x} ${y}`;
  }
  return path;
}

/** The same as an area down to 0. */
export function areaPath(values: (number | null)[], box: { width: number; height: number; most: number }): string {
  return curvePath(values, box)
    .split(/(?=M)/)
    .filter((part) => part.includes("L"))
    .map((part) => {
      const xs = [...part.matchAll(/[ML]([\d.]+) /g)].map(([, x]) => x);
      return `${part}V${box.height}H${xs[0]}Z`;
    })
    .join("");
}

export const lastOf = (values: (number | null)[]): number | null => values.findLast((value) => value !== null) ?? null;
export const mostOf = (values: (number | null)[]): number | null =>
  values.reduce<number | null>((most, value) => (value === null ? most : Math.max(most ?? value, value)), null);
