// The sections whose fields stand for themselves: where it runs, what happens when something goes wrong, what people should
// know.
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { NodeView, Page } from "../../api/types.ts";
import { Autocomplete } from "../../components/autocomplete.tsx";
import { TagsField } from "../../components/combo.tsx";
import { Select } from "../../components/inputs.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { isObject } from "./document.ts";
import { useEditor } from "./editor-state.ts";
import { ChoiceField, Field, GroupError, NumberField, TextField, useField } from "./fields.tsx";
import { PairsField } from "./rows-fields.tsx";
import type { FieldPath } from "./sections.ts";

export function WhereSection() {
  const { doc } = useEditor();
  const place = isObject(doc.place) ? doc.place : {};
  return (
    <div className="je-grid">
      <PlaceField />
      {"node" in place && <NodeField />}
      {"labels" in place && <PairsField path="place.labels" required />}
      <Heading name="limit" />
      <TextField path="limit.key" mono />
      <NumberField path="limit.max" />
      <GroupNote path="limit" />
      <NumberField path="priority" />
    </div>
  );
}

const forms = { node: { node: "" }, labels: { labels: {} }, every: { every: true }, none: "none" } as const;
type Form = keyof typeof forms;

function PlaceField() {
  const { t } = useTranslation("job-editor");
  const { doc, defaultOf, set, epoch } = useEditor();
  const field = useField("place");
  const { place } = doc;
  const form: Form | null =
    place === "none" ? "none" : isObject(place) ? ((Object.keys(place)[0] ?? null) as Form | null) : null;
  const byDefault = defaultOf("place");
  // That it may run anywhere needs saying only where the cluster says something else.
  const shown = (["node", "labels", "every", "none"] as const).filter(
    (each) => each !== "none" || byDefault !== undefined || form === "none",
  );
  return (
    <Field path="place">
      <Select
        key={epoch}
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={byDefault === undefined ? t("place.any") : t("byDefault", { value: JSON.stringify(byDefault) })}
        data={shown.map((value) => ({ value, label: t(`place.${value}`) }))}
        value={form ?? ""}
        onChange={(value) => set("place", value === "" ? undefined : forms[value as Form])}
      />
    </Field>
  );
}

function NodeField() {
  const field = useField("place.node");
  const nodes = useQuery({
    queryKey: ["nodes", "names"],
    queryFn: ({ signal }) => api.get<Page<NodeView>>("/nodes", { query: { limit: 500 }, signal }),
  });
  return (
    <Field path="place.node">
      <Autocomplete
        label={field.label}
        {...(field.description ? { description: field.description } : {})}
        error={field.error}
        options={nodes.data?.items.map(({ name }) => name) ?? []}
        value={String(field.value ?? "")}
        // An empty name stays: which node is asked for, not whether.
        onChange={field.set}
      />
    </Field>
  );
}

export function ProblemsSection() {
  return (
    <div className="je-grid">
      <TextField path="timeout" mono />
      <TextField path="killGrace" mono />
      <Heading name="retry" />
      <NumberField path="retry.limit" />
      <TextField path="retry.delay" mono />
      <ChoiceField path="retry.backoff" values={["fixed", "linear", "exponential"]} />
      <TextField path="retry.maxDelay" mono />
      <NumberField path="retry.jitterRatio" />
      <GroupNote path="retry" />
      <Heading name="overlap" />
      <ChoiceField path="overlap" values={["skip", "allow", "queue", "replace"]} />
      <ChoiceField path="misfire.policy" values={["skip", "latest", "all"]} />
      <TextField path="misfire.within" mono />
      <GroupNote path="misfire" />
      <Heading name="loss" />
      <ChoiceField path="onNodeLoss" values={["fail", "rerun"]} />
      <NumberField path="maxReruns" />
      <NumberField path="pauseAfter" />
    </div>
  );
}

export function DocsSection() {
  return (
    <div className="je-grid">
      <TextField path="title" />
      <TextField path="owner" />
      <TextField path="description" wide rows={2} />
      <TextField path="runbook" wide rows={2} />
      <TagsOfJob />
      <Heading name="keep" />
      <NumberField path="keep.runs" />
      <TextField path="keep.age" mono />
      <GroupNote path="keep" />
    </div>
  );
}

function TagsOfJob() {
  const { t } = useTranslation("job-editor");
  const field = useField("tags");
  const tags = Array.isArray(field.value) ? field.value.map(String) : [];
  return (
    <Field path="tags" wide>
      <TagsField
        label={field.label}
        description={field.description}
        error={field.error}
        placeholder={field.placeholder}
        value={tags}
        onChange={(next) => {
          // Pasted text has its commas still.
          const meant = next.flatMap((tag) => tag.split(",")).map((tag) => tag.trim());
          const list = [...new Set(meant.filter(Boolean))];
          field.set(list.length === 0 ? undefined : list);
        }}
        data={[]}
        clearLabel={t("clearField", { field: field.label })}
      />
    </Field>
  );
}

function Heading({ name }: { name: string }) {
  const { t } = useTranslation("job-editor");
  return <h3 className="je-heading">{t(`heading.${name}`)}</h3>;
}

/** What is wrong with the group as a whole; and where the document says none, that a field written here ends that. */
function GroupNote({ path }: { path: FieldPath }) {
  const { t } = useTranslation("job-editor");
  const { doc, set } = useEditor();
  return (
    <>
      <GroupError path={path} />
      {doc[path] === "none" && (
        <p className="je-hint je-across">
          {t("saysNone", { key: path })}{" "}
          <button type="button" className="dc-link" onClick={() => set(path, undefined)}>
            {t("takeDefault")}
          </button>
        </p>
      )}
    </>
  );
}
