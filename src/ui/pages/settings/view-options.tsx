// View options: they are kept in this browser, and hold at once.

import { Switch } from "../../components/choices.tsx";
import { Select } from "../../components/inputs.tsx";
import { toastError } from "../../components/toast.tsx";
import { type Language, languages, setLanguage } from "../../i18n.ts";
import { chooseScheme, schemeChoices, useSchemeChoice } from "../../lib/color-scheme.ts";
import { browserZone } from "../../lib/format.ts";
import { useSetting } from "../../lib/settings.ts";
import { useTranslation } from "../../lib/translation.tsx";

const zones = ["local", "utc", "schedule"] as const;
const densities = ["dense", "roomy"] as const;
const sizes = [25, 50, 100, 200] as const;

interface ChoiceProps<V extends string> {
  label: string;
  description?: string;
  value: V;
  options: readonly (readonly [value: V, label: string])[];
  onChange(value: V): void;
}

function Choice<V extends string>({ label, description, value, options, onChange }: ChoiceProps<V>) {
  return (
    <Select
      label={label}
      {...(description ? { description } : {})}
      data={options.map(([each, text]) => ({ value: each as string, label: text }))}
      value={value as string}
      onChange={(next) => onChange(next as V)}
    />
  );
}

export function ViewOptions() {
  const { t, i18n } = useTranslation("settings");
  const scheme = useSchemeChoice();
  const [time, setTime] = useSetting("time");
  const [density, setDensity] = useSetting("density");
  const [pageSize, setPageSize] = useSetting("pageSize");
  const [shortcuts, setShortcuts] = useSetting("shortcuts");
  return (
    <section className="dc-panel dc-options" aria-label={t("view.title")}>
      <h2>{t("view.title")}</h2>
      <p className="dc-plain dc-soft">{t("view.lead")}</p>
      <Choice
        label={t("view.theme")}
        value={scheme}
        options={schemeChoices.map((each) => [each, t(`shell:view.${each}`)])}
        onChange={chooseScheme}
      />
      <Choice
        label={t("view.language")}
        value={i18n.language as Language}
        options={Object.entries(languages) as [Language, string][]}
        onChange={(language) => void setLanguage(language).catch(toastError)}
      />
      <Choice
        label={t("view.time")}
        description={t("view.timeHint", { zone: browserZone() })}
        value={time}
        options={zones.map((each) => [each, t(`shell:view.zone.${each}`)])}
        onChange={setTime}
      />
      <Choice
        label={t("view.density")}
        value={density}
        options={densities.map((each) => [each, t(`view.${each}`)])}
        onChange={setDensity}
      />
      <Choice
        label={t("common:table.pageSize")}
        value={String(pageSize)}
        options={sizes.map((each) => [String(each), t("common:table.perPage", { number: each })])}
        onChange={(size) => setPageSize(Number(size) as 50)}
      />
      <Switch
        label={t("view.shortcuts")}
        description={t("view.shortcutsHint")}
        checked={shortcuts}
        onChange={(event) => setShortcuts(event.currentTarget.checked)}
      />
    </section>
  );
}
