// biome-ignore-all lint/suspicious/noControlCharactersInRegex: they are what it looks for
// What is shown of a line that a command wrote. A terminal would obey it; a page must not: colours stay, everything else
// that isn't text is left out or made visible, so that no line can pretend to be another.

const esc = "\u001b";
/** Colours and weights (SGR), which are kept. */
const sgr = /^\u001b\[[0-9;:]*m/;
/** The other sequences of ECMA-48: commands to the terminal, and strings to it such as titles and links. */
const sequence =
  /^\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|(?=\u001b)|$)|[ -/]*[0-~]|)/;
/** Controls, and what turns the direction of writing or can't be seen. */
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const looksPlain = /^[\t\u0020-\u007e\u00a0-\u0600\u3000-\u9fff\uac00-\ud7a3\uff00-\uff5e]*$/;

/** A mark that stands for a character: its picture for the old controls, its number for the others. */
function visible(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** Escape sequences gone; with `colours`, but for those of colours. */
function withoutSequences(text: string, colours: boolean): string {
  let shown = "";
  for (let at = 0; ; ) {
    const next = text.indexOf(esc, at);
    if (next < 0) return shown + text.slice(at);
    shown += text.slice(at, next);
    const rest = text.slice(next);
    const colour = sgr.exec(rest)?.[0];
    if (colour && colours) shown += colour;
    at = next + (colour ?? sequence.exec(rest)?.[0] ?? esc).length;
  }
}

/** What a line that was written over shows at its end: progress bars, spinners. `folded`: how often it was. */
export function fold(line: string): { text: string; folded: number } {
  const text = line.replace(/\r+$/, "");
  const back = text.lastIndexOf("\r");
  if (back < 0) return { text, folded: 0 };
  let folded = 0;
  for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", at + 1)) folded++;
  return { text: text.slice(back + 1), folded };
}

const keptEscape = /\u001b(?!\[[0-9;:]*m)/g;

/** With colours as SGR sequences, everything else made harmless. */
export function showLine(line: string): { text: string; folded: number } {
  if (looksPlain.test(line)) return { text: line, folded: 0 };
  const { text, folded } = fold(line);
  const bare = withoutSequences(text, true).replace(keptEscape, "");
  return { text: bare.replace(unseen, (char) => (char === esc ? char : visible(char))), folded };
}

/** As it is read and searched: without colours too. */
export function plainLine(line: string): string {
  if (looksPlain.test(line)) return line;
  return withoutSequences(fold(line).text, false).replace(unseen, visible);
}
