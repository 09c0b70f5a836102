// What an account may say about how its person likes to see things: a name, a language, a zone.

import { type Language, languages } from "../i18n.ts";
import { useTranslation } from "../lib/translation.tsx";
import { Autocomplete } from "./autocomplete.tsx";
import { Select, TextInput } from "./inputs.tsx";

export interface OwnSettings {
  displayName: string;
  language: Language | null;
  timezone: string;
}

let known: string[] | null = null;
/** Takes a moment: not before they are asked for. */
const zones = (): string[] => {
  known ??= ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
  return known;
};

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** As the API takes it: what is empty is unset. */
export const settingsBody = ({ displayName, language, timezone }: OwnSettings) => ({
  displayName: displayName.trim() || null,
  language,
  timezone: timezone.trim() || null,
});

export function OwnSettingsFields({ value, onChange }: { value: OwnSettings; onChange(value: OwnSettings): void }) {
  const { t } = useTranslation("access");
  const isWrong = value.timezone.trim() !== "" && !isZone(value.timezone.trim());
  return (
    <>
      <TextInput
        label={t("displayName")}
        value={value.displayName}
        maxLength={200}
        onChange={(event) => onChange({ ...value, displayName: event.currentTarget.value })}
      />
      <Select
        label={t("language")}
        placeholder={t("languageOfBrowser")}
        data={Object.entries(languages).map(([name, label]) => ({ value: name, label }))}
        value={value.language ?? ""}
        onChange={(language) => onChange({ ...value, language: language === "" ? null : (language as Language) })}
      />
      <Autocomplete
        label={t("timezone")}
        description={t("timezoneHint")}
        placeholder="Europe/Berlin"
        options={zones}
        value={value.timezone}
        onChange={(timezone) => onChange({ ...value, timezone })}
        error={isWrong && t("timezoneWrong")}
      />
    </>
  );
}
