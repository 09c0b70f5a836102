// systemd's unit files as tests see them: sections of keys, each with the values in the order they are given.
export type UnitFile = Record<string, Record<string, string[]>>;

export function parseUnit(text: string): UnitFile {
  const unit: UnitFile = {};
  let section: Record<string, string[]> = {};
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    const header = /^\[(\w+)\]$/.exec(line.trim());
    if (header) {
      section = {};
      unit[header[1]!] = section;
      continue;
    }
    if (/^\s*([#;]|$)/.test(line)) continue;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line.trim()) ?? [];
    if (!key) throw new Error(`neither a section, a key nor a comment: ${line}`);
    section[key] = [...(section[key] ?? []), value!];
  }
  return unit;
}

/** A command of a unit as words, its prefixes (`-`, `+`, `!`, `@`, `:`) taken off and `%S` put in. */
export const commandOf = (line: string): string[] =>
  line
    .replace(/^[-+!@:]+/, "")
    .replaceAll("%S", "/var/lib")
    .split(/\s+/);
