// A small curve of the last hour. To who can't see it, its label tells the last value and the highest.
import { useTranslation } from "../../lib/translation.tsx";
import { areaPath, curvePath, lastOf, mostOf } from "./curve.ts";
import type { CurveName } from "./use-loads.ts";

const box = { width: 120, height: 22 };

export const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;

interface Props {
  of: CurveName;
  values: (number | null)[] | undefined;
  /** What the top stands for. */
  most: number;
}

export function Sparkline({ of, values, most }: Props) {
  const { t } = useTranslation("nodes");
  const [last, highest] = values ? [lastOf(values), mostOf(values)] : [null, null];
  const words = (value: number) => (of === "running" ? String(value) : percent(value));
  const name = t(`curve.${of}`);
  const label =
    last === null || highest === null
      ? t("curve.nothing", { name })
      : t("curve.label", { name, last: words(last), most: words(highest) });
  const scaled = { ...box, most: Math.max(most, highest ?? 0) };
  return (
    <svg
      className="dc-spark"
      data-of={of}
      role="img"
      aria-label={label}
      viewBox={`-2 -2 ${box.width + 4} ${box.height + 4}`}
      preserveAspectRatio="none"
    >
      <title>{label}</title>
      <path className="dc-spark-base" d={`M0 ${box.height}H${box.width}`} />
      {values && (
        <>
          <path className="dc-spark-area" d={areaPath(values, scaled)} />
          <path className="dc-spark-line" d={curvePath(values, scaled)} />
        </>
      )}
    </svg>
  );
}
