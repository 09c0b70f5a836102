// The thread that looks for an expression in a text's lines. It tries every place of a line that the page will mark, so
// that what was quick here is quick there.
import { rangesIn } from "./match.ts";
import { plainLine } from "./show-line.ts";

self.onmessage = ({ data }: MessageEvent<{ source: string; text: string }>) => {
  const pattern = new RegExp(data.source, "giu");
  const found: number[] = [];
  const lines = data.text.split("\n");
  for (let i = 0; i < lines.length - 1; i++)
    if (rangesIn(plainLine(lines[i] as string), pattern).length > 0) found.push(i);
  self.postMessage(found);
};
