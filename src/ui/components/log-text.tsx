// Output of commands with its colours (SGR: the sixteen, the 256, and any). It goes into the page as text nodes: whatever
// a command prints stays text. Colours are moved until they can be read, in either theme.
import Anser from "anser";
import type { CSSProperties, ReactNode } from "react";
import { type Rgb, readable, toRgb } from "./readable-colour.ts";

const surfaces: Record<"light" | "dark", Rgb> = { light: [246, 247, 249], dark: [20, 23, 27] };

/** Both themes' colours as variables: the theme's rule takes its own. */
function colours(fg: string | null, bg: string | null): CSSProperties {
  const front = toRgb(fg);
  const back = toRgb(bg);
  const css = (rgb: Rgb) => `rgb(${rgb.join(" ")})`;
  const on = (surface: Rgb) => css(readable(front ?? (back ? [255, 255, 255] : surface), back ?? surface));
  return {
    "--dc-on-light": on(surfaces.light),
    "--dc-on-dark": on(surfaces.dark),
    ...(back ? { backgroundColor: css(back) } : {}),
  } as CSSProperties;
}

interface Props {
  /** With no escape sequences but those of colours. */
  text: string;
  /** Places to mark, in the text without its colours: growing, none over another. */
  marked?: [number, number][];
}

export function LogText({ text, marked = [] }: Props) {
  if (!text.includes("\u001b")) return cut(text, 0, marked);
  let at = 0;
  return Anser.ansiToJson(text, { json: true, remove_empty: true }).map((piece) => {
    const begins = at;
    at += piece.content.length;
    const own = piece.fg || piece.bg;
    const className = [own && "ansi-own", ...piece.decorations.map((name) => `ansi-${name}`)].filter(Boolean).join(" ");
    const content = cut(piece.content, begins, marked);
    return (
      <span key={begins} className={className} {...(own ? { style: colours(piece.fg, piece.bg) } : {})}>
        {content}
      </span>
    );
  });
}

/** A piece that begins at a place of its line, with what is marked of it in elements of their own. */
function cut(text: string, begins: number, marked: [number, number][]): ReactNode {
  if (marked.length === 0) return text;
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [from, to] of marked) {
    const start = Math.max(at, from - begins);
    const end = Math.min(text.length, to - begins);
    if (end <= start) continue;
    parts.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>);
    at = end;
  }
  return [...parts, text.slice(at)];
}
