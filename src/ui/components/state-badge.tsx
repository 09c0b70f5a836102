// A state as people see it: icon, word, colour and outline, so that no one of them has to be seen. Colours of the tones stand
// in styles.css, for both themes.

import type { RunState } from "../api/types.ts";
import { useTranslation } from "../lib/translation.tsx";
import { Icon, type IconName } from "./icon.tsx";

type Tone = "good" | "bad" | "warn" | "busy" | "quiet" | "lost";

const runStates: Record<RunState, { icon: IconName; tone: Tone; dashed?: true }> = {
  planned: { icon: "half", tone: "quiet", dashed: true },
  assigned: { icon: "half", tone: "quiet", dashed: true },
  running: { icon: "play", tone: "busy" },
  succeeded: { icon: "check", tone: "good" },
  failed: { icon: "cross", tone: "bad" },
  timed_out: { icon: "timer", tone: "bad" },
  cancelled: { icon: "stop", tone: "quiet" },
  skipped: { icon: "skip", tone: "quiet", dashed: true },
  missed: { icon: "warning", tone: "warn", dashed: true },
  lost: { icon: "question", tone: "lost" },
};
export const runStateNames = Object.keys(runStates) as RunState[];
export const toneOf = (state: RunState): Tone => runStates[state].tone;

export type JobState = "ok" | "failing" | "running" | "never-run" | "disabled";
const jobStates: Record<JobState, { icon: IconName; tone: Tone; dashed?: true }> = {
  ok: { icon: "check", tone: "good" },
  failing: { icon: "cross", tone: "bad" },
  running: { icon: "play", tone: "busy" },
  "never-run": { icon: "half", tone: "quiet", dashed: true },
  disabled: { icon: "pause", tone: "quiet", dashed: true },
};
export const jobStateNames = Object.keys(jobStates) as JobState[];

export type NodeState = "live" | "draining" | "down";
const nodeStates: Record<NodeState, { icon: IconName; tone: Tone; dashed?: true }> = {
  live: { icon: "check", tone: "good" },
  draining: { icon: "pause", tone: "warn", dashed: true },
  down: { icon: "cross", tone: "bad" },
};

const accountStates = {
  enabled: { icon: "check", tone: "good" },
  disabled: { icon: "pause", tone: "quiet", dashed: true },
  valid: { icon: "check", tone: "good" },
  expired: { icon: "timer", tone: "warn", dashed: true },
  revoked: { icon: "stop", tone: "quiet", dashed: true },
} as const satisfies Record<string, Look>;

interface Look {
  icon: IconName;
  tone: Tone;
  dashed?: true;
}

function Badge({ look, label, bare, title }: { look: Look; label: string; bare?: boolean; title?: string }) {
  return (
    <span className="dc-state" data-tone={look.tone} data-dashed={look.dashed} data-bare={bare} title={title}>
      <Icon name={look.icon} size={12} />
      {bare ? <span className="dc-hidden">{label}</span> : <span>{label}</span>}
    </span>
  );
}

/** `retrying`: running, between two attempts. `bare`: the icon alone to the eye, for strips of many. */
export function StateBadge({ state, retrying, bare }: { state: RunState; retrying?: boolean; bare?: boolean }) {
  const { t } = useTranslation("states");
  const look: Look = retrying ? { ...runStates[state], icon: "retry" } : runStates[state];
  const label = retrying ? t("run.retrying") : t(`run.${state}`);
  return <Badge look={look} label={label} {...(bare ? { bare, title: label } : {})} />;
}

export function JobStateBadge({ state }: { state: JobState }) {
  const { t } = useTranslation("states");
  return <Badge look={jobStates[state]} label={t(`job.${state}`)} />;
}

export function NodeStateBadge({ state }: { state: NodeState }) {
  const { t } = useTranslation("states");
  return <Badge look={nodeStates[state]} label={t(`node.${state}`)} />;
}

/** Of people and of tokens. */
export function AccountStateBadge({ state }: { state: keyof typeof accountStates }) {
  const { t } = useTranslation("states");
  return <Badge look={accountStates[state]} label={t(`account.${state}`)} />;
}
