// Just enough of Markdown and of the shell to check what the documentation says: code blocks, links, commands.

export interface Block {
  language: string;
  text: string;
  /** Line of the opening fence, from 1. */
  line: number;
}

export function codeBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const [i, line] of markdown.split("\n").entries()) {
    const fence = /^\s*```(\S*)\s*$/.exec(line);
    if (open && fence) {
      blocks.push(open);
      open = null;
    } else if (open) open.text += `${line}\n`;
    else if (fence) open = { language: fence[1] as string, text: "", line: i + 1 };
  }
  if (open) throw new Error(`the code block that begins in line ${open.line} has no end`);
  return blocks;
}

/** Everything that isn't in a code block. */
export const prose = (markdown: string): string => markdown.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, "");

export const links = (markdown: string): string[] =>
  [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);

/** The anchors that a page's headings have. */
export const anchors = (markdown: string): string[] =>
  [...prose(markdown).matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

/** The simple commands of a script, each as its words: pipes, lists, substitutions and redirections are taken apart. */
export function shellCommands(script: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | null = null;
  const endWord = () => {
    if (word !== null) words.push(word);
    word = null;
  };
  const endCommand = () => {
    endWord();
    while (/^\w+=/.test(words[0] ?? "")) words.shift();
    if (words.length) commands.push(words);
    words = [];
  };
  const text = script.replaceAll("\\\n", " ");
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char === "'" || char === '"') {
      const end = text.indexOf(char, i + 1);
      if (end < 0) throw new Error(`a ${char} has no end in: ${script}`);
      const inner = text.slice(i + 1, end);
      if (char === '"')
        for (const [, nested] of inner.matchAll(/\$\(([^)]*)\)/g)) commands.push(...shellCommands(nested!));
      word = (word ?? "") + inner;
      i = end;
    } else if (char === "#" && word === null) i = text.indexOf("\n", i) < 0 ? text.length : text.indexOf("\n", i) - 1;
    else if (char === ">" || char === "<") {
      endWord();
      const target = /^[<>&]*\s*[^\s|;&)]*/.exec(text.slice(i)) as RegExpExecArray;
      i += target[0].length - 1;
    } else if (char === "$" && text[i + 1] === "(") {
      const end = text.indexOf(")", i);
      commands.push(...shellCommands(text.slice(i + 2, end)));
      word = `${word ?? ""}$(…)`;
      i = end;
    } else if ("|;&()\n".includes(char)) endCommand();
    else if (/\s/.test(char)) endWord();
    else word = (word ?? "") + char;
  }
  endCommand();
  return commands;
}
