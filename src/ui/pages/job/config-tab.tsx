// A job's definition: everything that holds, with what the document says set apart from what is default; and as written.

import type { JobView } from "../../api/types.ts";
import { CodeBlock } from "../../components/code-block.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { useYaml } from "./use-yaml.ts";

export function ConfigTab({ job }: { job: JobView }) {
  const { t } = useTranslation("job");
  const yaml = useYaml();
  return (
    <div className="dc-job-pair">
      <section className="dc-panel" aria-label={t("config.effective")}>
        <h2>{t("config.effective")}</h2>
        <p className="dc-plain dc-soft">{t("config.effectiveText")}</p>
        <table className="dc-table dc-bare-table dc-config">
          <thead>
            <tr>
              <th scope="col">{t("config.key")}</th>
              <th scope="col">{t("config.value")}</th>
              <th scope="col">{t("config.origin")}</th>
            </tr>
          </thead>
          <tbody>
            {rowsOf(job.effective, job.spec).map(({ path, value, isSet }) => (
              <tr key={path} data-default={!isSet}>
                <th scope="row">
                  <code className="dc-mono">{path}</code>
                </th>
                <td>
                  <code className="dc-mono">{value}</code>
                </td>
                <td>{t(isSet ? "config.set" : "config.default")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section className="dc-panel" aria-label={t("config.written")}>
        <h2>{t("config.written")}</h2>
        <p className="dc-plain dc-soft">{t("config.writtenText")}</p>
        {yaml && <CodeBlock text={yaml(job.spec)} label={t("config.written")} />}
      </section>
    </div>
  );
}

interface Row {
  path: string;
  value: string;
  isSet: boolean;
}

type Document = Record<string, unknown>;
const isObject = (value: unknown): value is Document =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** What the short form of a task says: `cmd: make` is `cmd.command`. */
const shortForms: Record<string, string> = { cmd: "command", http: "url" };

/** Objects key by key, a level deep. */
function rowsOf(effective: Document, spec: Document): Row[] {
  return Object.entries(effective).flatMap(([key, value]): Row[] => {
    const written = spec[key];
    if (!isObject(value) || Object.keys(value).length === 0)
      return [{ path: key, value: textOf(value), isSet: key in spec }];
    return Object.entries(value).map(([inner, each]) => ({
      path: `${key}.${inner}`,
      value: textOf(each),
      isSet: isObject(written) ? inner in written : key in spec && shortForms[key] === inner,
    }));
  });
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
