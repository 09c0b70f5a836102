// A picture with its heading, and a table that says the same to whoever can't or won't look at pictures.
import { type ReactNode, useState } from "react";
import { useTranslation } from "../../lib/translation.tsx";

interface Props {
  title: string;
  /** Beside the heading. */
  controls?: ReactNode;
  chart: ReactNode;
  table: ReactNode;
}

export function ChartPanel({ title, controls, chart, table }: Props) {
  const { t } = useTranslation("dashboard");
  const [isTable, setTable] = useState(false);
  return (
    <section className="dc-panel dash-panel" aria-label={title}>
      <div className="dash-panel-head">
        <h2>{title}</h2>
        <div className="dash-controls">
          {controls}
          <button
            type="button"
            className="dc-button"
            aria-pressed={isTable}
            aria-label={t("asTableOf", { title })}
            onClick={() => setTable(!isTable)}
          >
            {t("asTable")}
          </button>
        </div>
      </div>
      {isTable ? table : chart}
    </section>
  );
}

interface TableProps<R> {
  label: string;
  heads: string[];
  rows: R[];
  cells(row: R): ReactNode[];
  rowKey(row: R): string | number;
  empty: string;
}

/** The first column names the row, the others are figures. */
export function FigureTable<R>({ label, heads, rows, cells, rowKey, empty }: TableProps<R>) {
  if (rows.length === 0) return <p className="dc-plain dc-soft">{empty}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
    <section className="dc-table-box dash-table" tabIndex={0} aria-label={label}>
      <table className="dc-table">
        <thead>
          <tr>
            {heads.map((head, i) => (
              <th key={head} scope="col" data-right={i > 0}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const [name, ...figures] = cells(row);
            return (
              <tr key={rowKey(row)}>
                <th scope="row">{name}</th>
                {figures.map((figure, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column
                  <td key={i} data-right>
                    {figure}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
