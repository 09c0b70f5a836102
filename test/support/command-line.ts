// Command lines that stand in documents, units and images, judged without being run.
import type { Command, Option } from "commander";

/** What is wrong with a command line, found by walking the commands as commander would, without running anything. */
export function commandProblems(program: Command, words: string[]): string[] {
  let command = program;
  const rest = [...words];
  const problems: string[] = [];
  const seen = new Set<Option>();
  let count = 0;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--help" || word === "-h" || (word === "--version" && command === program)) return problems;
    if (/^-./.test(word)) {
      const [flag, inline] = word.split(/=(.*)/s) as [string, string?];
      const option = command.options.find((each) => each.long === flag || each.short === flag);
      if (!option) {
        problems.push(`unknown option ${flag} of ${command.name()}`);
        continue;
      }
      seen.add(option);
      const value = option.required ? (inline ?? rest.shift()) : inline;
      if (option.required && value === undefined) problems.push(`${flag} needs a value`);
      if (value && option.argChoices && !option.argChoices.includes(value)) problems.push(`${flag} can't be ${value}`);
    } else if (command.commands.length) {
      const name: string = word;
      const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
      if (!next) return [`unknown command ${[command.name(), name].join(" ")}`];
      command = next;
    } else count++;
  }
  const takes = command.registeredArguments;
  const least = takes.filter((each) => each.required).length;
  if (command.commands.length) problems.push(`${command.name()} needs a command after it`);
  if (count < least) problems.push(`${command.name()} needs ${least} arguments, got ${count}`);
  if (count > takes.length && !takes.at(-1)?.variadic)
    problems.push(`${command.name()} takes ${takes.length} arguments, got ${count}`);
  for (const option of command.options)
    if (option.mandatory && option.defaultValue === undefined && !seen.has(option))
      problems.push(`${command.name()} needs ${option.flags}`);
  return problems;
}

/** Every command that does something, by the words that call it, such as "job list". */
export function commandNames(program: Command): string[] {
  const below = (command: Command, before: string[]): string[] =>
    command.commands.flatMap((each) => {
      const words = [...before, each.name()];
      return each.commands.length ? below(each, words) : [words.join(" ")];
    });
  return below(program, []);
}
