// A schedule piece by piece, for whoever doesn't know the fields by heart: what one writes here stands at once in its line.
import { useId } from "react";
import { TextInput } from "../../components/inputs.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { InstantInput, useJobZone } from "./instant-field.tsx";

const fields = ["second", "minute", "hour", "day", "month", "weekday"] as const;
const suggestions: Record<(typeof fields)[number], string[]> = {
  second: ["0", "*/10", "*/30", "*"],
  minute: ["0", "30", "*/5", "*/15", "0,30", "*"],
  hour: ["0", "3", "9-17", "*/2", "*/6", "*"],
  day: ["*", "1", "15", "1,15", "L", "LW"],
  month: ["*", "1", "*/3", "JAN-MAR", "12"],
  weekday: ["*", "MON-FRI", "SAT,SUN", "SUN", "MON#1", "FRI#L"],
};

interface Props {
  value: string;
  onChange(value: string): void;
}

export function CronPicker({ value, onChange }: Props) {
  const { t } = useTranslation("job-editor");
  const zone = useJobZone();
  const word = /^\s*(@\w+)\s*(.*)$/.exec(value);
  if (word?.[1] === "@every")
    return (
      <div className="je-picker">
        <TextInput
          label={t("picker.every")}
          description={t("picker.everyHint")}
          value={word[2] ?? ""}
          onChange={({ currentTarget }) => onChange(`@every ${currentTarget.value}`)}
        />
      </div>
    );
  if (word?.[1] === "@at")
    return (
      <div className="je-picker">
        <InstantInput
          key={zone}
          label={t("picker.at")}
          description={t("inZone", { zone })}
          zone={zone}
          value={word[2] ?? ""}
          onChange={(at) => onChange(`@at ${at}`)}
        />
      </div>
    );
  if (word) return <p className="je-hint je-picker-none">{t("picker.nothing", { word: word[1] })}</p>;
  return <Fields value={value} onChange={onChange} />;
}

function Fields({ value, onChange }: Props) {
  const { t } = useTranslation("job-editor");
  const id = useId();
  const written = value.trim().split(/\s+/).filter(Boolean);
  // Five fields begin with the minute; a second makes six of them.
  const parts = written.length > 5 ? written.slice(0, 6) : ["", ...written.slice(0, 5)];
  const write = (at: number, text: string) => {
    const next = fields.map((_, i) => (i === at ? text.replace(/\s+/g, "") : (parts[i] ?? "")));
    const rest = next.slice(1).map((part, i) => part || (i < 2 ? "0" : "*"));
    onChange([...(next[0] ? [next[0]] : []), ...rest].join(" "));
  };
  return (
    <div className="je-picker">
      {fields.map((name, i) => (
        <div key={name}>
          <TextInput
            label={t(`picker.${name}`)}
            description={t(`picker.range.${name}`)}
            value={parts[i] ?? ""}
            placeholder={name === "second" ? "–" : ""}
            list={`${id}${name}`}
            spellCheck={false}
            autoComplete="off"
            inputClass="dc-mono"
            onChange={({ currentTarget }) => write(i, currentTarget.value)}
          />
          <datalist id={`${id}${name}`}>
            {suggestions[name].map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </div>
      ))}
    </div>
  );
}
