// What a line of the audit says was different afterwards: the parts' names, and on demand their values side by side.

import type { AuditEntry } from "../../api/types.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { changesBetween } from "./changes.ts";

const namedAtMost = 3;

export function ChangeList({ entry: { before, after } }: { entry: AuditEntry }) {
  const { t } = useTranslation("audit");
  // A job's parts say more than that its version grew.
  const changes = changesBetween(before, after)
    .map((change) => ({ ...change, path: change.path.replace(/^document\./, "") }))
    .sort((a, b) => Number(a.path === "version") - Number(b.path === "version"));
  if (changes.length === 0) return <span className="dc-none">–</span>;
  const names = changes.map(({ path }) => path || t("value"));
  const more = names.length - namedAtMost;
  return (
    <details className="dc-audit-changes">
      <summary>
        <code>{names.slice(0, namedAtMost).join(", ")}</code>
        {more > 0 && <span className="dc-soft"> {t("common:andMore", { count: more })}</span>}
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("part")}</th>
            <th scope="col">{t("before")}</th>
            <th scope="col">{t("after")}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.path}>
              <th scope="row">
                <code>{change.path || t("value")}</code>
              </th>
              <td>{change.before === null ? "–" : <del className="dc-mono">{change.before}</del>}</td>
              <td>{change.after === null ? "–" : <ins className="dc-mono">{change.after}</ins>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
