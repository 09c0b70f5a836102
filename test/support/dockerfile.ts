// A Dockerfile as tests see it: its stages with what they inherit. Only what ours use of the format.
export interface Stage {
  name: string;
  /** The image, or the stage, that it begins with; arguments are put in. */
  from: string;
  copies: { from: string | null; sources: string[]; target: string }[];
  env: Record<string, string>;
  exposed: number[];
  user: string;
  entrypoint: string[];
  cmd: string[];
  healthcheck: string[];
  runs: string[];
}

export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const args: Record<string, string> = {};
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!word || rest === undefined) throw new Error(`not an instruction: ${line}`);
    const stage = stages.at(-1);
    if (word === "ARG") {
      const [name, value = ""] = rest.split(/=(.*)/s) as [string, string?];
      args[name] = value;
    } else if (word === "FROM") stages.push(begin(rest, args, stages));
    else if (stage) apply(stage, word, rest);
    else throw new Error(`before the first FROM: ${line}`);
  }
  return stages;
}

function begin(rest: string, args: Record<string, string>, stages: Stage[]): Stage {
  const [image = "", , name = ""] = rest.replace(/\$\{(\w+)\}/g, (_, arg: string) => args[arg] ?? "").split(/\s+/);
  const base = stages.find((stage) => stage.name === image);
  const empty = { env: {}, exposed: [], user: "root", entrypoint: [], cmd: [], healthcheck: [] };
  return { ...structuredClone(base ?? empty), name, from: image, copies: [], runs: [] };
}

function apply(stage: Stage, word: string, rest: string) {
  if (word === "COPY") {
    const words = rest.split(/\s+/);
    const from = words[0]?.startsWith("--from=") ? words.shift()!.slice("--from=".length) : null;
    stage.copies.push({ from, sources: words.slice(0, -1), target: words.at(-1)! });
  } else if (word === "ENV")
    for (const [, name, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[name!] = value!.replaceAll('"', "");
  else if (word === "EXPOSE") stage.exposed.push(...rest.split(/\s+/).map(Number));
  else if (word === "USER") stage.user = rest;
  else if (word === "ENTRYPOINT") {
    stage.entrypoint = JSON.parse(rest);
    stage.cmd = [];
  } else if (word === "CMD") stage.cmd = JSON.parse(rest);
  else if (word === "HEALTHCHECK") stage.healthcheck = JSON.parse(rest.replace(/^.*?CMD\s+/, ""));
  else if (word === "RUN") stage.runs.push(rest);
}
