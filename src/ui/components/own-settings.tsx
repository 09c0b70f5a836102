// What an account may say about how its person likes to see things: a name, a language, a zone.
import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Language, languages } from "../i18n.ts";
import { Autocomplete } from "./autocomplete.tsx";

export interface OwnSettings {
  displayName: string;
  language: Language | null;
  timezone: string;
}

const zones = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

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
        mt="sm"
      />
      <Select
        label={t("language")}
        placeholder={t("languageOfBrowser")}
        data={Object.entries(languages).map(([name, label]) => ({ value: name, label }))}
        value={value.language}
        clearable
        onChange={(language) => onChange({ ...value, language: language as Language | null })}
        mt="sm"
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
