// A screenshot with a palette of 256 colours: a third of the bytes, and to the eye the same. Reads what Chromium writes
// (8 bits a channel, RGB or RGBA, not interlaced).
import { crc32, deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export function smallPng(png) {
  const { width, height, pixels, channels } = decode(png);
  const counts = new Map();
  for (let i = 0; i < pixels.length; i += channels) {
    const colour = (pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = choose(counts);
  const nearest = new Map();
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0, i = 0, to = 0; y < height; y++) {
    rows[to++] = 0;
    for (let x = 0; x < width; x++, i += channels) {
      const colour = (pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2];
      let index = nearest.get(colour);
      if (index === undefined) {
        index = closest(palette, colour);
        nearest.set(colour, index);
      }
      rows[to++] = index;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flat());
  const parts = [
    ["IHDR", header],
    ["PLTE", colours],
    ["IDAT", deflateSync(rows, { level: 9 })],
    ["IEND", Buffer.alloc(0)],
  ];
  return Buffer.concat([signature, ...parts.map(([type, data]) => chunk(type, data))]);
}

/** Median cut over the colours, weighed by how often each is there. */
function choose(counts) {
  const boxes = [[...counts].map(([c, n]) => [c >> 16, (c >> 8) & 255, c & 255, n])];
  const spread = (box, channel) => {
    let [low, high] = [255, 0];
    for (const entry of box) [low, high] = [Math.min(low, entry[channel]), Math.max(high, entry[channel])];
    return high - low;
  };
  while (boxes.length < 256) {
    let [best, at, along] = [0, -1, 0];
    for (const [i, box] of boxes.entries()) {
      if (box.length < 2) continue;
      const weight = Math.sqrt(box.reduce((sum, entry) => sum + entry[3], 0));
      for (const channel of [0, 1, 2]) {
        const score = spread(box, channel) * weight;
        if (score > best) [best, at, along] = [score, i, channel];
      }
    }
    if (at < 0) break;
    const box = boxes[at].sort((a, b) => a[along] - b[along]);
    const half = box.reduce((sum, entry) => sum + entry[3], 0) / 2;
    let [cut, sum] = [0, 0];
    while (cut < box.length - 1 && sum < half) sum += box[cut++][3];
    boxes.splice(at, 1, box.slice(0, Math.max(1, cut)), box.slice(Math.max(1, cut)));
  }
  return boxes.map((box) => {
    const total = box.reduce((sum, entry) => sum + entry[3], 0);
    // What fills most of the picture stays exactly as it is.
    const top = box.reduce((most, entry) => (entry[3] > most[3] ? entry : most));
    if (top[3] > total / 2) return top.slice(0, 3);
    return [0, 1, 2].map((c) => Math.round(box.reduce((sum, entry) => sum + entry[c] * entry[3], 0) / total));
  });
}

function closest(palette, colour) {
  const [r, g, b] = [colour >> 16, (colour >> 8) & 255, colour & 255];
  let [best, found] = [Number.POSITIVE_INFINITY, 0];
  for (const [i, [pr, pg, pb]] of palette.entries()) {
    const distance = (pr - r) ** 2 + (pg - g) ** 2 + (pb - b) ** 2;
    if (distance < best) [best, found] = [distance, i];
  }
  return found;
}

function decode(png) {
  const data = [];
  let [width, height, channels] = [0, 0, 0];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      channels = { 2: 3, 6: 4 }[body[9]];
      if (body[8] !== 8 || !channels || body[12] !== 0) throw new Error("expected a PNG as Chromium writes it");
    } else if (type === "IDAT") data.push(body);
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = width * channels;
  const pixels = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    const line = y * stride;
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? pixels[line + x - channels] : 0;
      const up = y > 0 ? pixels[line - stride + x] : 0;
      const corner = y > 0 && x >= channels ? pixels[line - stride + x - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter];
      pixels[line + x] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return { width, height, channels, pixels };
}

function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function chunk(type, data) {
  const framed = Buffer.concat([Buffer.alloc(4), Buffer.from(type, "latin1"), data, Buffer.alloc(4)]);
  framed.writeUInt32BE(data.length, 0);
  framed.writeUInt32BE(crc32(framed.subarray(4, -4)), framed.length - 4);
  return framed;
}
