// The job's time zone, found by city, by the zone's name in the reader's language, or by what it stands at.
import { Select } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { now } from "../../lib/clock.ts";
import { matchesZone, type ZoneChoice, zoneChoices } from "../../lib/zones.ts";
import { useEditor } from "./editor-state.ts";
import { Field, useField } from "./fields.tsx";

const mostShown = 60;

export function ZoneField() {
  const { t, i18n } = useTranslation("job-editor");
  const { touch } = useEditor();
  const field = useField("timezone");
  const [isOpen, setOpen] = useState(false);
  const written = typeof field.value === "string" ? field.value : "";
  const zones = useMemo(
    () => (isOpen ? new Map(zoneChoices(now(), i18n.language).map((zone) => [zone.name, zone])) : null),
    [isOpen, i18n.language],
  );
  // An older name, or a wrong one, is shown as it is written.
  const names = [...new Set([...(written ? [written] : []), ...(zones?.keys() ?? [])])];
  return (
    <Field path="timezone">
      <Select
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={field.placeholder ?? t("unset")}
        data={names}
        value={written || null}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("clearField", { field: field.label }) }}
        limit={mostShown}
        nothingFoundMessage={t("zone.none")}
        maxDropdownHeight={280}
        onDropdownOpen={() => setOpen(true)}
        onDropdownClose={() => setOpen(false)}
        filter={({ options, search, limit }) =>
          options
            .filter((option) => {
              if (!("value" in option)) return false;
              // What is chosen stands in the box: it is no search.
              if (search === written || search.trim() === "") return true;
              const zone = zones?.get(String(option.value));
              return zone ? matchesZone(zone, search) : String(option.value).includes(search);
            })
            .slice(0, limit)
        }
        renderOption={({ option }) => <Zone name={option.value} zone={zones?.get(option.value)} />}
        onChange={(value) => {
          field.set(value ?? undefined);
          touch("timezone");
        }}
      />
    </Field>
  );
}

function Zone({ name, zone }: { name: string; zone: ZoneChoice | undefined }) {
  return (
    <span className="je-zone">
      <span>{name}</span>
      {zone && (
        <span className="dc-soft dc-small">
          {zone.offset} · {zone.words}
        </span>
      )}
    </span>
  );
}
