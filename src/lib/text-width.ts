// How many columns of a terminal a text takes, and cutting it by them: what East Asian Width (UAX #11) calls wide, and
// emoji, take two; marks that combine with the letter before take none.

const segmenter = new Intl.Segmenter();
const plain = /^[\u0020-\u007e]*$/;
const unseen = /^[\p{Mark}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+$/u;
const emoji = /^\p{Emoji_Presentation}|^\p{Extended_Pictographic}\ufe0f/u;

/** First and last of each block whose characters are wide or full-width. */
const wideBlocks: [first: number, last: number][] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

/** Of what a reader takes for one character. */
function widthOf(character: string): number {
  if (unseen.test(character)) return 0;
  if (emoji.test(character)) return 2;
  const code = character.codePointAt(0) as number;
  return wideBlocks.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += widthOf(segment);
  return width;
}

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
    left -= widthOf(segment);
    if (left < 0) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
