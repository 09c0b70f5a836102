// Output of commands with its ANSI colours. It goes into the page as text nodes: whatever a command prints stays text.
import Anser from "anser";

/** One line's pieces. Colours are classes of our own palette, which both themes can be read with. */
export function LogText({ text }: { text: string }) {
  if (!text.includes("\u001b")) return text;
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true, json: true }).map((piece, i) => {
    const names = [piece.fg, piece.bg && `${piece.bg}-bg`, ...piece.decorations].filter(Boolean);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one line have no other name
      <span key={i} className={names.map((name) => `ansi-${name?.replace(/^ansi-/, "")}`).join(" ")}>
        {piece.content}
      </span>
    );
  });
}
