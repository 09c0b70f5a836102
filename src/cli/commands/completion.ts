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

/** `run` is a command of its own and one of `job`: what may follow goes by the whole path, less what is no command. */
function fish(words: Map<string, string[]>): string {
  const known = [...words.keys()].map((path) => `'${path}'`).join(" ");
  const lines = [
    "function __distcron_path",
    "  set -l words (commandline -opc)",
    "  set words (string match -v -- '-*' $words[2..-1])",
    `  while set -q words[1]; and not contains -- "$words" ${known}`,
    "    set -e words[-1]",
    "  end",
    '  echo "$words"',
    "end",
    "complete -c distcron -f",
  ];
  for (const [path, next] of words)
    for (const word of next) {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      lines.push(`complete -c distcron -n 'test (__distcron_path) = "${path}"' ${what}`);
    }
  return `${lines.join("\n")}\n`;
}
