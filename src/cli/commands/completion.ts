// distcron completion SHELL: what the shell needs to complete commands and flags, made from the commands themselves.
import type { Command } from "commander";
import { CliError, exitCodes } from "../exit.ts";

export function completionCommand(program: Command): void {
  program
    .command("completion <shell>")
    .description("completion for bash, zsh or fish")
    .addHelpText("after", "\nExample:\n  distcron completion bash > /etc/bash_completion.d/distcron")
    .action((shell: string) => {
      const words = tree(program);
      if (shell === "bash") process.stdout.write(bash(words));
      else if (shell === "zsh") process.stdout.write(`autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`);
      else if (shell === "fish") process.stdout.write(fish(words));
      else throw new CliError(exitCodes.usage, `expected bash, zsh or fish, got ${shell}`);
    });
}

/** For each command path, what may follow it. */
function tree(program: Command): Map<string, string[]> {
  const words = new Map<string, string[]>();
  const visit = (command: Command, path: string[]) => {
    const below = command.commands.map((each) => each.name());
    const flags = command.options.map((option) => option.long).filter((flag) => flag !== undefined && flag !== null);
    words.set(path.join(" "), [...below, ...flags, "--help"]);
    for (const each of command.commands) visit(each, [...path, each.name()]);
  };
  visit(program, []);
  return words;
}

function bash(words: Map<string, string[]>): string {
  const cases = [...words].map(([path, next]) => `    "${path}") words="${next.join(" ")}" ;;`);
  return `_distcron() {
  local path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] || path="\${path:+$path }\${COMP_WORDS[i]}"
  done
  while :; do
    case "$path" in
${cases.join("\n")}
    esac
    [[ -n $words || -z $path ]] && break
    [[ $path == *" "* ]] && path="\${path% *}" || path=""
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _distcron distcron
`;
}

function fish(words: Map<string, string[]>): string {
  const lines = ["complete -c distcron -f"];
  for (const [path, next] of words) {
    const depth = path === "" ? 0 : path.split(" ").length;
    const when = depth === 0 ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${path.split(" ").at(-1)}`;
    for (const word of next) {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      lines.push(`complete -c distcron -n '${when}' ${what}`);
    }
  }
  return `${[...new Set(lines)].join("\n")}\n`;
}
