// The job's time zone, found by city, by the zone's name in the reader's language, or by what it stands at.
import { useMemo, useState } from "react";
import { Combo } from "../../components/combo.tsx";
import { now } from "../../lib/clock.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { matchesZone, type ZoneChoice, zoneChoices } from "../../lib/zones.ts";
import { useEditor } from "./editor-state.ts";
import { Field, useField } from "./fields.tsx";

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
      <Combo
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={field.placeholder ?? t("unset")}
        data={names}
        value={written}
        clearLabel={t("clearField", { field: field.label })}
        nothingFound={t("zone.none")}
        onOpen={setOpen}
        matches={({ value }, search) => {
          // What is chosen stands in the box: it is no search.
          if (search === written || search.trim() === "") return true;
          const zone = zones?.get(value);
          return zone ? matchesZone(zone, search) : value.includes(search);
        }}
        draw={({ value }) => <Zone name={value} zone={zones?.get(value)} />}
        onChange={(value) => {
          field.set(value || undefined);
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
