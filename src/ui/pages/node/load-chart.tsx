// One curve of the last hour, large: with a scale, what stands under the pointer, and the same as a table.
import { type PointerEvent, useState } from "react";
import type { Loads } from "../../api/types.ts";
import { useZone } from "../../components/time.tsx";
import { formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { areaPath, curvePath, lastOf, mostOf } from "../nodes/curve.ts";
import { percent } from "../nodes/sparkline.tsx";
import type { CurveName } from "../nodes/use-loads.ts";

const box = { width: 600, height: 120 };
/** Rows of the table: more can't be read. */
const tableRows = 12;

interface Props {
  of: CurveName;
  loads: Loads;
  slots: number | null;
}

export function LoadChart({ of, loads, slots }: Props) {
  const { t } = useTranslation("nodes");
  const [isTable, setTable] = useState(false);
  const [at, setAt] = useState<number | null>(null);
  const zone = useZone();
  const values = loads.items[0]?.[of] ?? [];
  const from = Date.parse(loads.from);
  const timeOf = (bucket: number) =>
    formatInstant(from + bucket * loads.bucketMs, zone, { date: false, seconds: false });
  const words = (value: number | null) =>
    value === null ? t("curve.gap") : of === "running" ? String(value) : percent(value);
  const name = t(`curve.${of}`);
  const most = of === "running" ? Math.max(slots ?? 1, mostOf(values) ?? 0) : 1;
  const follow = ({ clientX, currentTarget }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setAt(Math.max(0, Math.min(values.length - 1, Math.round(((clientX - left) / width) * (values.length - 1)))));
  };
  const [last, highest] = [lastOf(values), mostOf(values)];
  const label =
    last === null ? t("curve.nothing", { name }) : t("curve.label", { name, last: words(last), most: words(highest) });
  return (
    <section className="dc-panel dc-chart" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <span className="dc-soft dc-small" aria-hidden="true">
          {at === null ? t("curve.now", { value: words(last) }) : `${timeOf(at)} · ${words(values[at] ?? null)}`}
        </span>
        <button type="button" className="dc-link dc-small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {t("curve.table")}
        </button>
      </header>
      {isTable ? (
        <Figures {...{ values, timeOf, words, name }} />
      ) : (
        <div className="dc-chart-plot">
          <div className="dc-chart-scale" aria-hidden="true">
            <span>{words(most)}</span>
            <span>{of === "running" ? 0 : percent(0)}</span>
          </div>
          <svg
            data-of={of}
            role="img"
            aria-label={label}
            viewBox={`0 -2 ${box.width} ${box.height + 4}`}
            preserveAspectRatio="none"
            onPointerMove={follow}
            onPointerLeave={() => setAt(null)}
          >
            {[0, 0.5, 1].map((part) => (
              <path key={part} className="dc-spark-base" d={`M0 ${box.height * part}H${box.width}`} />
            ))}
            <path className="dc-spark-area" d={areaPath(values, { ...box, most })} />
            <path className="dc-spark-line" d={curvePath(values, { ...box, most })} />
            {at !== null && (
              <path
                className="dc-chart-at"
                d={`M${(at / Math.max(1, values.length - 1)) * box.width} 0V${box.height}`}
              />
            )}
          </svg>
          <div className="dc-chart-times" aria-hidden="true">
            {[0, (values.length - 1) / 2, values.length - 1].map((bucket) => (
              <span key={bucket}>{timeOf(Math.round(bucket))}</span>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}

interface FiguresProps {
  values: (number | null)[];
  name: string;
  timeOf(bucket: number): string;
  words(value: number | null): string;
}

/** The highest of each stretch, newest first. */
function Figures({ values, timeOf, words, name }: FiguresProps) {
  const { t } = useTranslation("nodes");
  const size = Math.max(1, Math.ceil(values.length / tableRows));
  const starts = Array.from({ length: Math.ceil(values.length / size) }, (_, i) => i * size).reverse();
  return (
    <table className="dc-table dc-chart-table">
      <thead>
        <tr>
          <th scope="col">{t("curve.from")}</th>
          <th scope="col" data-right="true">
            {t("curve.highest", { name })}
          </th>
        </tr>
      </thead>
      <tbody>
        {starts.map((start) => (
          <tr key={start}>
            <td>{timeOf(start)}</td>
            <td data-right="true">{words(mostOf(values.slice(start, start + size)))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
