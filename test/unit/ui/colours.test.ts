// Colours of output are moved only as far as they must be to be read.
import { expect, it } from "vitest";
import { contrast, type Rgb, readable, toRgb } from "../../../src/ui/components/readable-colour.ts";

const surfaces: Rgb[] = [
  [246, 247, 249],
  [20, 23, 27],
  [255, 255, 0],
  [0, 0, 187],
  [128, 128, 128],
];

it("every colour can be read on every surface", () => {
  for (const back of surfaces)
    for (let r = 0; r <= 255; r += 51)
      for (let g = 0; g <= 255; g += 51)
        for (let b = 0; b <= 255; b += 51)
          expect(contrast(readable([r, g, b], back), back), `${[r, g, b]} on ${back}`).toBeGreaterThanOrEqual(4.5);
});

it("one that can be read stays as it is", () => {
  expect(readable([0, 90, 0], [246, 247, 249])).toEqual([0, 90, 0]);
  expect(readable([255, 255, 85], [20, 23, 27])).toEqual([255, 255, 85]);
});

it("is read from what the parser says, and from nothing else", () => {
  expect(toRgb("187, 0, 0")).toEqual([187, 0, 0]);
  for (const text of [null, "", "red", "1, 2", "1, 2, 300", "url(x), 1, 2"]) expect(toRgb(text)).toBeNull();
});
