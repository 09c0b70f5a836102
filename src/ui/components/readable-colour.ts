// Colours that a command chose, moved towards black or white until they stand out from what is behind them (WCAG 2.2, 1.4.3).

export type Rgb = [number, number, number];

const least = 4.5;

/** "187, 0, 0" */
export function toRgb(text: string | null): Rgb | null {
  const parts = text?.split(",").map(Number);
  return parts?.length === 3 && parts.every((part) => part >= 0 && part <= 255) ? (parts as Rgb) : null;
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** The nearest to `front` that can be read on `back`. */
export function readable(front: Rgb, back: Rgb): Rgb {
  const white: Rgb = [255, 255, 255];
  const black: Rgb = [0, 0, 0];
  const end = contrast(white, back) >= contrast(black, back) ? white : black;
  for (let share = 0; share < 1; share += 0.1) {
    const mixed = front.map((value, i) => Math.round(value + ((end[i] as number) - value) * share)) as Rgb;
    if (contrast(mixed, back) >= least) return mixed;
  }
  return end;
}
