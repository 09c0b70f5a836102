// When it is due: its schedules, the zone that they are read in, and what surrounds them; beside them what that means.
import { useState } from "react";
import { Button, IconButton } from "../../components/button.tsx";
import { Switch } from "../../components/choices.tsx";
import { Icon } from "../../components/icon.tsx";
import { TextInput } from "../../components/inputs.tsx";
import { MenuButton } from "../../components/menu-button.tsx";
import { now } from "../../lib/clock.ts";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { instantIn } from "../../lib/zones.ts";
import { CronPicker } from "./cron-picker.tsx";
import { useEditor } from "./editor-state.ts";
import { Field, TextField, useField } from "./fields.tsx";
import { InstantField, useJobZone } from "./instant-field.tsx";
import { AddButton, RemoveButton } from "./rows-fields.tsx";
import { SchedulePreview } from "./schedule-preview.tsx";
import { ZoneField } from "./zone-field.tsx";

export function WhenSection() {
  const { t } = useTranslation("job-editor");
  const { base, doc, set } = useEditor();
  return (
    <div className="je-when">
      <div className="je-grid">
        <Schedules />
        <ZoneField />
        <TextField path="jitter" mono />
        <InstantField path="startAt" />
        <InstantField path="endAt" />
        <TextField path="startDeadline" mono />
        {base === null && (
          <Field path="enabled">
            <Switch
              label={t("field.enabled.label")}
              description={t("field.enabled.hint")}
              checked={doc.enabled !== false}
              onChange={({ currentTarget }) => set("enabled", currentTarget.checked ? undefined : false)}
            />
          </Field>
        )}
      </div>
      <SchedulePreview />
    </div>
  );
}

function Schedules() {
  const { t } = useTranslation("job-editor");
  const { problems, touch, epoch } = useEditor();
  const field = useField("schedule");
  const rows = Array.isArray(field.value) ? field.value.map(String) : [String(field.value ?? "")];
  const write = (next: string[]) => field.set(next.length === 1 ? next[0] : next);
  const errorOf = (i: number) =>
    problems.find(({ path }) => path === `schedule[${i}]` || (path === "schedule" && rows.length === 1))?.message;
  const general = rows.length > 1 && problems.find(({ path }) => path === "schedule")?.message;
  return (
    <Field path="schedule" wide>
      <fieldset className="je-rows">
        <legend>
          {field.label} <span aria-hidden="true">*</span>
        </legend>
        <p className="je-hint">{field.description}</p>
        {rows.map((row, i) => (
          <Schedule
            // biome-ignore lint/suspicious/noArrayIndexKey: a schedule has no other name than its place
            key={`${epoch}.${i}`}
            label={rows.length === 1 ? field.label : t("schedule.numbered", { number: i + 1 })}
            value={row}
            error={errorOf(i)}
            onChange={(value) => {
              write(rows.map((old, j) => (j === i ? value : old)));
              // What is being typed is read with the typist.
              if (value.trim() !== "") touch("schedule");
            }}
            {...(rows.length > 1 ? { onRemove: () => write(rows.filter((_, j) => j !== i)) } : {})}
          />
        ))}
        {general && <p className="je-error">{general}</p>}
        <AddButton label={t("schedule.add")} onClick={() => write([...rows, ""])} />
      </fieldset>
    </Field>
  );
}

interface ScheduleProps {
  label: string;
  value: string;
  error: string | undefined;
  onChange(value: string): void;
  onRemove?(): void;
}

function Schedule({ label, value, error, onChange, onRemove }: ScheduleProps) {
  const { t } = useTranslation("job-editor");
  const [isPicking, setPicking] = useState(false);
  return (
    <div className="je-schedule">
      <div className="je-schedule-line">
        <TextInput
          aria-label={label}
          value={value}
          error={error}
          required
          placeholder="0 3 * * *"
          spellCheck={false}
          autoComplete="off"
          inputClass="dc-mono"
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
        <PresetMenu label={t("schedule.presets")} onPick={onChange} />
        <IconButton
          variant="default"
          className="je-pick"
          aria-label={t("schedule.pick", { label })}
          aria-expanded={isPicking}
          onClick={() => setPicking(!isPicking)}
        >
          <Icon name="edit" size={14} />
        </IconButton>
        {onRemove && <RemoveButton label={t("schedule.remove", { label })} onClick={onRemove} />}
      </div>
      {isPicking && <CronPicker value={value} onChange={onChange} />}
    </div>
  );
}

const presets = {
  minute: "* * * * *",
  fiveMinutes: "*/5 * * * *",
  halfMinute: "@every 30s",
  hourly: "0 * * * *",
  daily: "0 3 * * *",
  workdays: "0 9 * * MON-FRI",
  weekly: "0 3 * * SUN",
  monthly: "0 3 1 * *",
  lastDay: "0 3 L * *",
} as const;

function PresetMenu({ label, onPick }: { label: string; onPick(value: string): void }) {
  const { t } = useTranslation("job-editor");
  const zone = useJobZone();
  const once = () => {
    const tomorrow = formatInstant(now() + 86_400_000, zone).slice(0, 10);
    onPick(`@at ${instantIn(zone, `${tomorrow}T08:00`)}`);
  };
  return (
    <MenuButton
      width={290}
      trigger={
        <Button variant="default" rightSection={<Icon name="down" size={12} />}>
          {label}
        </Button>
      }
      entries={() => [
        ...Object.entries(presets).map(([name, value]) => ({
          label: t(`preset.${name}`),
          detail: <code className="dc-mono">{value}</code>,
          onPick: () => onPick(value),
        })),
        "line",
        { label: t("preset.once"), detail: <code className="dc-mono">@at</code>, onPick: once },
        {
          label: t("preset.manual"),
          detail: <code className="dc-mono">@manual</code>,
          onPick: () => onPick("@manual"),
        },
      ]}
    />
  );
}
