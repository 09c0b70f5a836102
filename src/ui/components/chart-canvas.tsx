// What uPlot draws of a chart. Points are our own shapes, so that no series needs its colour; colours are those of the
// theme, and the chart is drawn anew when it changes.
import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useScheme } from "../lib/color-scheme.ts";
import type { ChartData, Shape } from "./chart.tsx";

const height = 190;
const size = 3.5;

interface Props {
  data: ChartData;
  onTell(index: number | null): void;
}

export function ChartCanvas({ data, onTell }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    const target = box.current;
    if (!target) return;
    // What it reads of the theme is that of the page by now.
    void scheme;
    const plot = draw(target, data, onTell);
    const observer = new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [scheme, data, onTell]);
  return <div ref={box} />;
}

function draw(target: HTMLElement, data: ChartData, onTell: Props["onTell"]): UPlot {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--dc-${name}`).trim();
  const axis = { stroke: color("soft"), grid: { stroke: color("line"), width: 1 }, ticks: { show: false } };
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const { zone } = data;
  const dateOf = (seconds: number) => {
    const date = new Date(seconds * 1000);
    return zone === undefined ? date : UPlot.tzDate(date, zone);
  };
  const highest = Math.max(1, ...data.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  // A limit far above everything measured would press the points flat: it is told below the chart alone.
  const levels = (data.levels ?? []).filter(({ value }) => value <= highest * 3);
  const most = Math.max(highest, ...levels.map(({ value }) => value));
  const least = Math.min(0, ...data.series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return new UPlot(
    {
      width: target.clientWidth || 300,
      height,
      legend: { show: false },
      padding: [10, 14, 0, 0],
      tzDate: dateOf,
      scales: { y: { range: [least, most * 1.08] } },
      axes: [
        { ...axis, font, values: (_plot, splits, _axis, _space, step) => hours(splits.map(dateOf), step) },
        { ...axis, font, size: 62, values: (_, splits) => splits.map((value) => data.format(value)) },
      ],
      series: [{}, ...data.series.map(({ label }) => ({ label, paths: () => null, points: { show: false } }))],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: Boolean(data.onSpan), y: false, setScale: false },
        bind: {
          // A press without a move picks the point; with one it draws a span.
          click: (plot) => () => {
            const index = plot.cursor.idx;
            if (typeof index === "number" && plot.select.width < 3) data.onPick?.(index);
            return null;
          },
        },
      },
      hooks: {
        draw: [
          (plot) => {
            for (const { value, tone } of levels) drawLevel(plot, value, color(tone));
            for (const { values, tone, shape } of data.series) drawPoints(plot, values, shape, color(tone));
          },
        ],
        setCursor: [(plot) => onTell(plot.cursor.idx ?? null)],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 3) return;
            const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
            data.onSpan?.(Math.floor(from * 1000), Math.ceil(to * 1000));
          },
        ],
      },
    },
    [data.at.map((at) => at / 1000), ...data.series.map(({ values }) => values)],
    target,
  );
}

/** 24 hours, whatever the language; the day where it changes. */
function hours(dates: Date[], step: number): string[] {
  const two = (value: number) => String(value).padStart(2, "0");
  let day = "";
  return dates.map((date) => {
    const thisDay = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    const time = `${two(date.getHours())}:${two(date.getMinutes())}${step < 60 ? `:${two(date.getSeconds())}` : ""}`;
    const isNew = thisDay !== day;
    day = thisDay;
    return step >= 86_400 ? thisDay : isNew ? `${time}\n${thisDay}` : time;
  });
}

function drawLevel(plot: UPlot, value: number, color: string) {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(value, "y", true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function drawPoints(plot: UPlot, values: (number | null)[], shape: Shape, color: string) {
  const { ctx } = plot;
  const r = size * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = color;
  ctx.strokeStyle = color;
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const x = plot.valToPos(plot.data[0][i] as number, "x", true);
    const y = plot.valToPos(value, "y", true);
    ctx.beginPath();
    trace[shape](ctx, x, y, r);
    shape === "cross" ? ctx.stroke() : ctx.fill();
  }
  ctx.restore();
}

const trace: Record<Shape, (ctx: CanvasRenderingContext2D, x: number, y: number, r: number) => void> = {
  circle: (ctx, x, y, r) => ctx.arc(x, y, r, 0, 2 * Math.PI),
  square: (ctx, x, y, r) => ctx.rect(x - r, y - r, 2 * r, 2 * r),
  triangle(ctx, x, y, r) {
    ctx.moveTo(x, y - 1.2 * r);
    ctx.lineTo(x + 1.2 * r, y + r);
    ctx.lineTo(x - 1.2 * r, y + r);
    ctx.closePath();
  },
  cross(ctx, x, y, r) {
    ctx.moveTo(x - r, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.moveTo(x + r, y - r);
    ctx.lineTo(x - r, y + r);
  },
};
