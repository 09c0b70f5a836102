// A chart of points over time: what draws it is loaded when one is shown. Everything that it says is in its table too, which
// a button shows instead; a line below it says what is under the pointer.

import { type ReactNode, useState } from "react";
import { useTranslation } from "../lib/translation.tsx";
import { Bones } from "./async.tsx";
import { onDemand } from "./on-demand.tsx";
import "./chart.css";

const Canvas = onDemand(async () => (await import("./chart-canvas.tsx")).ChartCanvas, <Bones lines={5} />);

export type Shape = "circle" | "cross" | "square" | "triangle";
export type ChartTone = "good" | "bad" | "warn" | "busy" | "quiet" | "lost";

export interface Series {
  label: string;
  tone: ChartTone;
  shape: Shape;
  /** One for each instant; null: none. */
  values: (number | null)[];
}

/** A horizontal line. */
export interface Level {
  label: string;
  tone: ChartTone;
  value: number;
}

export interface ChartData {
  /** Epoch ms, ascending. */
  at: number[];
  series: Series[];
  levels?: Level[];
  format(value: number): string;
  /** The zone of the axis; undefined: the browser's. */
  zone?: string | undefined;
  /** What is told of a point. */
  tell(index: number): string;
  onPick?(index: number): void;
  /** A span was drawn with the pointer. */
  onSpan?(from: number, to: number): void;
}

interface Props {
  title: string;
  /** What it shows, in a sentence: its name for who can't see it. */
  summary: string;
  data: ChartData;
  table: ReactNode;
}

const glyphs: Record<Shape, string> = { circle: "●", cross: "✕", square: "■", triangle: "▲" };

export function Chart({ title, summary, data, table }: Props) {
  const { t } = useTranslation();
  const [isTable, setTable] = useState(false);
  const [told, setTold] = useState<number | null>(null);
  return (
    <section className="dc-panel dc-chart" aria-label={title}>
      <div className="dc-chart-head">
        <h2>{title}</h2>
        <button type="button" className="dc-link" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {t("chart.asTable")}
        </button>
      </div>
      {isTable ? (
        table
      ) : (
        <>
          <figure role="img" aria-label={summary}>
            <Canvas data={data} onTell={setTold} />
          </figure>
          <div className="dc-chart-foot">
            <ul>
              {data.series
                .filter(({ values }) => values.some((value) => value !== null))
                .map(({ label, tone, shape }) => (
                  <li key={label}>
                    <span aria-hidden="true" style={{ color: `var(--dc-${tone})` }}>
                      {glyphs[shape]}
                    </span>{" "}
                    {label}
                  </li>
                ))}
              {data.levels?.map(({ label, tone, value }) => (
                <li key={label}>
                  <span aria-hidden="true" style={{ color: `var(--dc-${tone})` }}>
                    ╌
                  </span>{" "}
                  {label} {data.format(value)}
                </li>
              ))}
            </ul>
            <span className="dc-soft">{told === null ? "" : data.tell(told)}</span>
          </div>
        </>
      )}
    </section>
  );
}
