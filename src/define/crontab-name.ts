// Names for imported jobs: what a person would call the command, the same at every import of the same file.
import { createHash } from "node:crypto";

/** Programs that only start another. The number of words that belong to each option they take. */
const wrappers = new Map<string, RegExp>([
  ["sudo", /^-[ugh]$/],
  ["nice", /^-n$/],
  ["ionice", /^-[cn]$/],
  ["flock", /^-[wE]$/],
  ["timeout", /^-[ks]$/],
  ["env", /^-u$/],
  ["chronic", /^$/],
  ["nohup", /^$/],
  ["exec", /^$/],
  ["time", /^$/],
  ["setsid", /^$/],
]);
/** Wrappers whose first word of their own comes before the command: a lock, a limit. */
const takesWord = new Set(["flock", "timeout"]);
const interpreters = /^(?:sh|bash|dash|zsh|ksh|python[\d.]*|php[\d.]*|perl|ruby|node|java)$/;

/** A function that names commands, each name once. */
export function createNamer(): (command: string, user: string | null) => string {
  const taken = new Set<string>();
  return (command, user) => {
    const base = programOf(command);
    const hash = createHash("sha256")
      .update(`${user ?? ""}\n${command}`)
      .digest("hex")
      .slice(0, 6);
    let name = base;
    // By its content, not by its place: a line put in between must not rename those after it.
    if (taken.has(name)) name = `${base}-${hash}`;
    for (let i = 2; taken.has(name); i++) name = `${base}-${hash}-${i}`;
    taken.add(name);
    return name;
  };
}

/** `cd /srv && nice -n 10 /usr/bin/php artisan schedule:run` → artisan */
function programOf(command: string): string {
  const parts = command.split(/&&|\|\||;|\||\n/).map(wordsOf);
  const meant = parts.find(
    (words) =>
      words.length > 0 && !/^(?:cd|test|\[|\[\[|export|set|umask|sleep|:|true|fi|done|for)$/.test(words[0] as string),
  );
  const words = meant ?? parts.find((each) => each.length > 0) ?? [];
  const [first = "job", second] = words;
  const program = baseName(first);
  // run-parts and the like are told apart by what they are given.
  const told = program === "run-parts" ? words.findLast((word) => word.startsWith("/")) : undefined;
  if (told) return slug(`${program}-${baseName(told)}`);
  const script = interpreters.test(program) ? words.slice(1).find((word) => !word.startsWith("-")) : undefined;
  if (script && /^[\w./@+-]+$/.test(script)) return slug(withoutEnding(baseName(script)));
  return slug(withoutEnding(program) || baseName(second ?? "") || "job");
}

function wordsOf(part: string): string[] {
  let words = (part.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []).map((word) => word.replace(/^["'({]+|["')}]+$/g, ""));
  words = words.filter((word) => word !== "");
  for (;;) {
    const first = words[0];
    if (first === undefined) return words;
    const options = wrappers.get(baseName(first));
    if (/^(?:[A-Za-z_]\w*=.*|if|then|else|do|while|until|!)$/s.test(first)) words = words.slice(1);
    else if (options && words.length > 1) words = unwrapped(words, options);
    else return words;
  }
}

function unwrapped([wrapper = "", ...words]: string[], options: RegExp): string[] {
  let i = 0;
  while (words[i]?.startsWith("-")) i += options.test(words[i] as string) ? 2 : 1;
  if (takesWord.has(baseName(wrapper))) i++;
  return words.slice(i).length ? words.slice(i) : words;
}

const baseName = (path: string) => path.replace(/\/+$/, "").split("/").at(-1) ?? path;
const withoutEnding = (name: string) => name.replace(/\.(?:sh|bash|py|php|pl|rb|js|mjs|jar)$/, "");
function slug(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return name.slice(0, 60) || "job";
}
