// Which field of the form a place in the document belongs to, and which section the field: the server's messages find
// their way by this table. What isn't in it has no field, and is told above the form.

export const sections = {
  what: [
    "name",
    "cmd.command",
    "cmd.shell",
    "cmd.cwd",
    "cmd.user",
    "cmd.env",
    "cmd.stdin",
    "cmd.expectExit",
    "http.url",
    "http.method",
    "http.headers",
    "http.body",
    "http.expectStatus",
    "http.expectBody",
    "http.followRedirects",
    "http.insecureTls",
  ],
  when: ["schedule", "timezone", "startAt", "endAt", "jitter", "startDeadline", "enabled"],
  where: ["place.node", "place.labels", "place", "limit.key", "limit.max", "limit", "priority"],
  problems: [
    "timeout",
    "killGrace",
    "retry.limit",
    "retry.delay",
    "retry.backoff",
    "retry.maxDelay",
    "retry.jitterRatio",
    "retry",
    "overlap",
    "misfire.policy",
    "misfire.within",
    "misfire",
    "onNodeLoss",
    "maxReruns",
    "pauseAfter",
  ],
  docs: ["title", "description", "owner", "runbook", "tags", "keep.runs", "keep.age", "keep"],
} as const;

export type SectionName = keyof typeof sections;
export type FieldPath = (typeof sections)[SectionName][number];
export const sectionNames = Object.keys(sections) as SectionName[];

const sectionByField = new Map<string, SectionName>(
  sectionNames.flatMap((name) => sections[name].map((field) => [field, name] as const)),
);
export const sectionOf = (field: FieldPath): SectionName => sectionByField.get(field) as SectionName;

/** The field that shows what is wrong at a place such as cmd.env.PORT or schedule[1]; null: none does. */
export function fieldOf(path: string): FieldPath | null {
  // A command or an address in its short form stands where its object would.
  const full = path.replace(/^cmd(?=\[|$)/, "cmd.command").replace(/^http$/, "http.url");
  for (let text = full; text !== ""; text = text.replace(/(?:\.?[^.[\]]+|\[[^\]]*\])$/, ""))
    if (sectionByField.has(text) && !isUnknownKey(full, text)) return text as FieldPath;
  return null;
}

/** retry.limt stands in retry, but what it says is about a key that no field is for. */
const groups = ["place", "limit", "retry", "misfire", "keep"];
const isUnknownKey = (full: string, found: string) => groups.includes(found) && full !== found;
