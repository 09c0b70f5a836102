// One layer for all instants of the page: what is hovered or focused is told in UTC, in the browser's zone, in its
// schedule's and relative to now. Escape puts it away.
import { useEffect, useState } from "react";
import { useNow } from "../lib/clock.ts";
import { browserZone, formatInstant, formatRelative, zoneOffset } from "../lib/format.ts";
import { useTranslation } from "../lib/translation.tsx";

interface Shown {
  at: number;
  zone: string | null;
  x: number;
  y: number;
}

const width = 300;
const timeOf = (target: EventTarget | null) => (target instanceof Element ? target.closest("time") : null);

export function TimeTip() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    const show = ({ target }: Event) => {
      const time = timeOf(target);
      if (!time) return setShown(null);
      const { left, bottom } = time.getBoundingClientRect();
      const x = Math.max(8, Math.min(left, window.innerWidth - width - 8));
      setShown({ at: Date.parse(time.dateTime), zone: time.dataset.zone ?? null, x, y: bottom + 6 });
    };
    const hide = () => setShown(null);
    const onKey = ({ key }: KeyboardEvent) => key === "Escape" && hide();
    document.addEventListener("mouseover", show);
    document.addEventListener("focusin", show);
    document.addEventListener("focusout", hide);
    document.addEventListener("scroll", hide, true);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("mouseover", show);
      document.removeEventListener("focusin", show);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("scroll", hide, true);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  return shown && <Panel {...shown} />;
}

function Panel({ at, zone, x, y }: Shown) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const mine = browserZone();
  const rows: [string, string][] = [["UTC", formatInstant(at, "UTC")]];
  if (mine !== "UTC") rows.push([`${mine} (${t("time.here")})`, `${formatInstant(at)} ${zoneOffset(at)}`]);
  if (zone && zone !== mine && zone !== "UTC")
    rows.push([`${zone} (${t("time.schedule")})`, `${formatInstant(at, zone)} ${zoneOffset(at, zone)}`]);
  return (
    <div className="dc-time-tip" role="tooltip" style={{ left: x, top: y, width }}>
      <strong>{formatRelative(at - now, i18n.language)}</strong>
      <dl>
        {rows.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
