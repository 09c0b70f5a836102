// How many columns of a terminal a text takes, and cutting it by them.
import stringWidth from "string-width";

const segmenter = new Intl.Segmenter();

/** Wide characters and emoji take two, marks that combine with the letter before none. */
export const textWidth = (text: string): number => stringWidth(text, { countAnsiEscapeCodes: true });

/** As much of its beginning as fits, with a … where anything was cut. */
export function cutToWidth(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${beginning(text, width - 1)}…`;
}

/** Lines of at most `width`, broken between words where that can be. `width`: at least 2. */
export function wrapToWidth(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (textWidth(rest) > width) {
    const line = beginning(rest, width);
    const space = rest[line.length] === " " ? line.length : line.lastIndexOf(" ");
    const end = space > 0 ? space : line.length;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

function beginning(text: string, width: number): string {
  let end = 0;
  let left = width;
  for (const { segment, index } of segmenter.segment(text)) {
    left -= textWidth(segment);
    if (left < 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
