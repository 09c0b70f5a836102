// A run's output: live, coloured, searched, followed. What is drawn are the lines in sight; the rest is text in memory.
import { type ReactNode, useEffect, useRef, useState } from "react";
import { apiUrl, part } from "../../../api/call.ts";
import type { RunDetailView } from "../../../api/types.ts";
import { ErrorPanel } from "../../../components/async.tsx";
import { IconButton, IconLink } from "../../../components/button.tsx";
import { Icon, type IconName } from "../../../components/icon.tsx";
import { Select } from "../../../components/inputs.tsx";
import { formatBytes } from "../../../lib/format.ts";
import { useTranslation } from "../../../lib/translation.tsx";
import { useUrlState } from "../../../lib/url-state.ts";
import { useShortcuts } from "../../../shell/shortcuts.ts";
import { FindBar } from "./find-bar.tsx";
import { LogLine } from "./log-line.tsx";
import { LogScroller, type ScrollerHandle } from "./log-scroller.tsx";
import { toPattern } from "./match.ts";
import { useHash } from "./use-hash.ts";
import { type OutputModel, useOutput } from "./use-output.ts";
import "./log.css";

const inAddress = { stream: "", find: "", regex: "" };
/** What usually says why. */
const trouble = "\\b(error|exception|fatal|fail(ed|ure)?|panic|traceback|denied|cannot)\\b";

interface Props {
  run: RunDetailView;
}

export function LogView({ run }: Props) {
  const { t } = useTranslation("run");
  const [{ stream, find, regex }, set] = useUrlState(inAddress);
  const model = useOutput(run.id, stream === "stdout" || stream === "stderr" ? stream : "");
  const { book, search } = model;
  const hash = useHash();
  // What went wrong stands at the end; so does what is happening.
  const startsAtEnd = hash === "" && ["running", "failed", "timed_out", "lost"].includes(run.state);
  const [follow, setFollow] = useState(startsAtEnd);
  const [seen, setSeen] = useState(0);
  const [wrap, setWrap] = useState(true);
  const [full, setFull] = useState(false);
  const [current, setCurrent] = useState(-1);
  const scroller = useRef<ScrollerHandle>(null);
  const pattern = find ? toPattern(find, regex === "1") : null;
  const targetLine = lineOf(hash, model);

  useEffect(() => {
    search.start(find, regex === "1");
    setCurrent(-1);
  }, [search, find, regex]);
  // The line that the address names, as soon as it is there.
  useEffect(() => {
    if (targetLine === null) return;
    setFollow(false);
    scroller.current?.show(targetLine);
  }, [targetLine]);
  useEffect(() => {
    if (follow) setSeen(book.size);
  });

  const show = (line: number) => {
    setFollow(false);
    scroller.current?.show(line);
  };
  const step = (by: 1 | -1) => {
    const { lines } = search.found;
    if (lines.length === 0) return;
    const next = current < 0 ? (by > 0 ? 0 : lines.length - 1) : (current + by + lines.length) % lines.length;
    setCurrent(next);
    show(lines[next] as number);
  };
  const toTrouble = () => {
    if (book.firstStderr >= 0) return show(book.firstStderr);
    set({ find: trouble, regex: "1" }, { replace: true });
  };
  // The search that looks for trouble leads there by itself.
  const first = search.found.lines[0];
  useEffect(() => {
    if (first === undefined || find !== trouble) return;
    setCurrent(0);
    setFollow(false);
    scroller.current?.show(first);
  }, [first, find]);
  const toEnd = () => setFollow(true);
  useShortcuts([
    { key: "f", label: t("log.follow"), group: "page", on: () => setFollow((was) => !was) },
    { key: "n", label: t("log.nextMatch"), group: "page", on: () => step(1) },
    { key: "N", label: t("log.previousMatch"), group: "page", on: () => step(-1) },
    { key: "w", label: t("log.wrap"), group: "page", on: () => setWrap((was) => !was) },
  ]);
  useEscape(full, () => setFull(false));

  const download = apiUrl(`/runs/${part(run.id)}/output`, { stream });
  const news = book.size - seen;
  return (
    <section className="dc-log" data-full={full} aria-labelledby="output">
      <div className="dc-log-head">
        <h2 id="output">{t("log.title")}</h2>
        <Facts model={model} />
        <Select
          size="xs"
          w={104}
          aria-label={t("log.stream")}
          value={stream || "both"}
          onChange={(value) => set({ stream: value === "both" ? "" : value })}
          data={["both", "stdout", "stderr"].map((value) => ({
            value,
            label: value === "both" ? t("log.both") : value,
          }))}
        />
        <FindBar
          text={find}
          isRegex={regex === "1"}
          found={search.found}
          current={current}
          onFind={(text) => set({ find: text }, { replace: true })}
          onRegex={(on) => set({ regex: on ? "1" : null }, { replace: true })}
          onStep={step}
        />
        <span className="dc-log-tools">
          <Tool icon="warning" label={t("log.firstError")} onClick={toTrouble} />
          <Tool icon="down" label={t("log.follow")} pressed={follow} onClick={() => setFollow(!follow)} />
          <Tool icon="wrap" label={t("log.wrap")} pressed={wrap} onClick={() => setWrap(!wrap)} />
          <IconLink
            tip={t("log.download")}
            href={download}
            download={`${run.job.name}-${run.id}.log`}
            aria-label={t("log.download")}
          >
            <Icon name="download" size={15} />
          </IconLink>

          <Tool icon="expand" label={t("log.full")} pressed={full} onClick={() => setFull(!full)} />
        </span>
      </div>
      {model.error && <ErrorPanel error={model.error} />}
      {book.size === 0 ? (
        <Nothing model={model} isOver={model.state === "over"} />
      ) : (
        <div className="dc-log-frame">
          <LogScroller
            label={t("log.title")}
            count={book.size}
            wrap={wrap}
            follow={follow}
            onFollow={setFollow}
            handle={scroller}
            line={(index) => (
              <LogLine
                key={index}
                number={index + 1}
                line={book.line(index)}
                pattern={pattern}
                isTarget={index === targetLine || index === search.found.lines[current]}
              />
            )}
          />
          {!follow && news > 0 && model.state !== "over" && (
            <button type="button" className="dc-log-pill" onClick={toEnd}>
              <Icon name="down" size={13} />
              {t("log.newLines", { count: news })}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function Tool(props: { icon: IconName; label: string; pressed?: boolean; onClick(): void }) {
  const { icon, label, pressed, onClick } = props;
  return (
    <IconButton
      tip={label}
      variant={pressed ? "light" : "subtle"}
      aria-label={label}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={onClick}
    >
      <Icon name={icon} size={15} />
    </IconButton>
  );
}

function Facts({ model: { book, state } }: { model: OutputModel }) {
  const { t, i18n } = useTranslation("run");
  const parts: ReactNode[] = [
    t("log.lines", { count: book.size, shown: book.size.toLocaleString(i18n.language) }),
    ...(book.missingBytes > 0 ? [t("log.missing", { size: formatBytes(book.missingBytes) })] : []),
    ...(state === "waiting" ? [t("log.waiting")] : []),
  ];
  return <span className="dc-soft dc-small">{parts.join(" · ")}</span>;
}

function Nothing({ model, isOver }: { model: OutputModel; isOver: boolean }) {
  const { t } = useTranslation("run");
  if (model.error) return null;
  return <p className="dc-log-none dc-soft">{isOver ? t("log.none") : t("log.noneYet")}</p>;
}

/** `#L123`: that line; `#attempt-2`: where it begins. null: none, or not read yet. */
function lineOf(hash: string, { book }: OutputModel): number | null {
  const number = /^#L(\d{1,9})$/.exec(hash)?.[1];
  if (number !== undefined) return Number(number) >= 1 && Number(number) <= book.size ? Number(number) - 1 : null;
  const attempt = Number(/^#attempt-(\d{1,6})$/.exec(hash)?.[1]);
  return book.attemptLines.find((each) => each.attempt === attempt)?.line ?? null;
}

function useEscape(on: boolean, then: () => void) {
  const latest = useRef(then);
  latest.current = then;
  useEffect(() => {
    if (!on) return;
    const onKey = ({ key }: KeyboardEvent) => key === "Escape" && latest.current();
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [on]);
}
