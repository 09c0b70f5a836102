// The table of a list page: real rows and headers, selection, keys (j k x Enter), pages by cursor; on a narrow screen a card
// for each row. It draws what a query has: bones at first, old rows dimmed while it is asked again.
import { Fragment, memo, type ReactNode, useCallback, useDeferredValue, useEffect, useRef, useState } from "react";
import { useSetting } from "../lib/settings.ts";
import { useTranslation } from "../lib/translation.tsx";
import { useMedia } from "../lib/use-media.ts";
import { type Shortcut, useShortcuts } from "../shell/shortcuts.ts";
import { Bones, Empty, ErrorPanel } from "./async.tsx";
import { Icon } from "./icon.tsx";
import { Select } from "./inputs.tsx";
import type { Pager } from "./pager.ts";

export interface Column<R> {
  id: string;
  header: string;
  cell(row: R): ReactNode;
  /** Figures stand right. */
  right?: boolean;
  /** "title": the card's head; "end": at its right end; "none": not on a card. */
  onCard?: "title" | "end" | "none";
  /** Left out below this width of the window. */
  from?: "md" | "lg" | "xl" | "xxl";
  /** The server's name for the order by this column; with "-" before it where the end is wanted first. */
  sort?: string;
}

/** As the API has it: a name, with "-" before it from the end. */
export interface Sorting {
  by: string;
  set(by: string): void;
}

export interface Selection {
  keys: ReadonlySet<string>;
  set(keys: ReadonlySet<string>): void;
}

interface Props<R> {
  label: string;
  columns: Column<R>[];
  query: {
    data: { items: R[]; nextCursor: string | null } | undefined;
    error: unknown;
    isPlaceholderData?: boolean;
    refetch(): unknown;
  };
  rowKey(row: R): string;
  /** What a row's checkbox is called. */
  rowName(row: R): string;
  onOpen?(row: R): void;
  /** Further keys, for the row that is marked. */
  keys?: { key: string; label: string; on(row: R): void }[];
  selection?: Selection;
  sorting?: Sorting;
  pager?: Pager;
  /** Set: filters are on, and may be the reason that nothing is here. */
  onClearFilters?: (() => void) | undefined;
  empty: ReactNode;
  /** Draws the rows in a look of its own; `marked`: the row that keys act on, -1 none. */
  draw?(rows: R[], marked: number): ReactNode;
  /** Takes no keys: another table of the page has them. */
  keyless?: boolean;
}

/** So many rows are drawn without a hitch. */
const atOnce = 60;

export function DataTable<R>(props: Props<R>) {
  const { query, onClearFilters, empty, pager } = props;
  const { t } = useTranslation();
  const newest = query.data?.items;
  // Hundreds of rows are drawn bit by bit, so that the page answers meanwhile; until then the old ones stay.
  const rows = useDeferredValue(newest, newest && newest.length > atOnce ? undefined : newest);
  // Dimmed are rows that answer another question, until those of this one are drawn; not those that are only refreshed.
  const isPlaceholder = query.isPlaceholderData ?? false;
  const isOld = useDeferredValue(isPlaceholder) || isPlaceholder;
  if (!rows)
    return query.error ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Bones lines={10} />;
  if (rows.length === 0 && (!pager || pager.isFirst))
    return onClearFilters ? (
      <Empty title={t("table.noMatch")}>
        <button type="button" className="dc-link" onClick={onClearFilters}>
          {t("table.clearFilters")}
        </button>
      </Empty>
    ) : (
      empty
    );
  return (
    <>
      {Boolean(query.error) && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
      <Rows {...props} rows={rows} isOld={isOld} />
      {pager && <PagerBar pager={pager} nextCursor={query.data?.nextCursor ?? null} count={rows.length} />}
    </>
  );
}

function Rows<R>(props: Props<R> & { rows: R[]; isOld: boolean }) {
  const { rows, rowKey, onOpen, selection, keys = [] } = props;
  const { t } = useTranslation();
  const isNarrow = useMedia("(max-width: 47.99em)");
  const [marked, setMarked] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  const row = rows[marked];
  const move = (by: number) => setMarked((at) => Math.max(0, Math.min(rows.length - 1, at + by)));
  const chosen = useRef(selection);
  chosen.current = selection;
  const toggle = useCallback((key: string) => {
    const next = new Set(chosen.current?.keys);
    if (!next.delete(key)) next.add(key);
    chosen.current?.set(next);
  }, []);
  const shortcuts: Shortcut[] = [
    { key: "j", label: t("keys.nextRow"), group: "list", on: () => move(1) },
    { key: "k", label: t("keys.previousRow"), group: "list", on: () => move(-1) },
    ...(onOpen ? [{ key: "Enter", label: t("keys.open"), group: "list" as const, on: () => row && onOpen(row) }] : []),
    ...(selection
      ? [{ key: "x", label: t("keys.select"), group: "list" as const, on: () => row && toggle(rowKey(row)) }]
      : []),
    ...keys.map(({ key, label, on }) => ({ key, label, group: "list" as const, on: () => row && on(row) })),
  ];
  useShortcuts(props.keyless ? [] : shortcuts);
  useEffect(() => {
    box.current?.querySelector('[data-marked="true"]')?.scrollIntoView({ block: "nearest" });
  });
  const View = isNarrow ? Cards : Table;
  return (
    <div ref={box} className="dc-rows" data-dim={props.isOld}>
      {props.draw ? props.draw(rows, marked) : <View {...props} marked={marked} toggle={toggle} />}
    </div>
  );
}

type ViewProps<R> = Props<R> & { rows: R[]; marked: number; toggle(key: string): void };

function Table<R>({ label, columns, rows, rowKey, rowName, selection, sorting, marked, toggle }: ViewProps<R>) {
  const { t } = useTranslation();
  const [density] = useSetting("density");
  const chosen = rows.filter((row) => selection?.keys.has(rowKey(row))).length;
  const all = () => {
    const next = new Set(selection?.keys);
    for (const row of rows) chosen === rows.length ? next.delete(rowKey(row)) : next.add(rowKey(row));
    selection?.set(next);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls here, by keyboard too
    <section className="dc-table-box" aria-label={label} tabIndex={0}>
      <table className="dc-table" data-density={density}>
        <thead>
          <tr>
            {selection && (
              <th scope="col" className="dc-check">
                <Tick
                  label={t("table.selectAll")}
                  isOn={chosen > 0 && chosen === rows.length}
                  isPart={chosen > 0 && chosen < rows.length}
                  onChange={all}
                />
              </th>
            )}
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <TableRow
              key={rowKey(row)}
              row={row}
              columns={columns as Column<unknown>[]}
              isMarked={i === marked}
              isSelected={selection?.keys.has(rowKey(row))}
              id={rowKey(row)}
              name={selection ? rowName(row) : ""}
              toggle={toggle}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface TableRowProps {
  row: unknown;
  columns: Column<unknown>[];
  id: string;
  name: string;
  isMarked: boolean;
  /** undefined: rows can't be selected. */
  isSelected: boolean | undefined;
  toggle(key: string): void;
}

/** Drawn anew only when something of its own changes: a key moves the mark over hundreds of rows without a hitch. */
const TableRow = memo(({ row, columns, id, name, isMarked, isSelected, toggle }: TableRowProps) => {
  const { t } = useTranslation();
  return (
    <tr data-marked={isMarked} data-selected={isSelected}>
      {isSelected !== undefined && (
        <td className="dc-check">
          <Tick label={t("table.select", { name })} isOn={isSelected} onChange={() => toggle(id)} />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} data-right={column.right} data-from={column.from}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
});

/** The browser's own: hundreds of them are drawn at once. */
function Tick({ label, isOn, isPart, onChange }: { label: string; isOn: boolean; isPart?: boolean; onChange(): void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = isPart ?? false;
  }, [isPart]);
  return <input ref={box} type="checkbox" className="dc-tick" aria-label={label} checked={isOn} onChange={onChange} />;
}

function HeaderCell<R>({ column, sorting }: { column: Column<R>; sorting: Sorting | undefined }) {
  const { header, sort, right, from } = column;
  const place = { scope: "col", "data-right": right, "data-from": from } as const;
  if (!sort || !sorting) return <th {...place}>{header}</th>;
  const name = sort.replace("-", "");
  const isBy = sorting.by.replace("-", "") === name;
  const isDown = sorting.by.startsWith("-");
  const next = !isBy ? sort : isDown ? name : `-${name}`;
  return (
    <th {...place} aria-sort={!isBy ? "none" : isDown ? "descending" : "ascending"}>
      <button type="button" className="dc-sort" onClick={() => sorting.set(next)}>
        {header}
        <Icon name={isDown || !isBy ? "down" : "up"} size={10} {...(isBy ? {} : { className: "dc-sort-off" })} />
      </button>
    </th>
  );
}

function Cards<R>({ label, columns, rows, rowKey, rowName, selection, marked, toggle }: ViewProps<R>) {
  const { t } = useTranslation();
  const heads = columns.filter(({ onCard }) => onCard === "title");
  const ends = columns.filter(({ onCard }) => onCard === "end");
  const rest = columns.filter(({ onCard }) => onCard === undefined);
  return (
    <ul className="dc-cards" aria-label={label}>
      {rows.map((row, i) => (
        <li key={rowKey(row)} data-marked={i === marked} data-selected={selection?.keys.has(rowKey(row))}>
          <div className="dc-card-head">
            {selection && (
              <Tick
                label={t("table.select", { name: rowName(row) })}
                isOn={selection.keys.has(rowKey(row))}
                onChange={() => toggle(rowKey(row))}
              />
            )}
            <div className="dc-card-title">
              {heads.map((column) => (
                <Fragment key={column.id}>{column.cell(row)}</Fragment>
              ))}
            </div>
            {ends.map((column) => (
              <Fragment key={column.id}>{column.cell(row)}</Fragment>
            ))}
          </div>
          <dl>
            {rest.map((column) => (
              <div key={column.id}>
                <dt>{column.header}</dt>
                <dd>{column.cell(row)}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}

const sizes = ["25", "50", "100", "200"];

function PagerBar({ pager, nextCursor, count }: { pager: Pager; nextCursor: string | null; count: number }) {
  const { t } = useTranslation();
  const [pageSize, setPageSize] = useSetting("pageSize");
  const next = () => nextCursor !== null && pager.next(nextCursor);
  useShortcuts([
    { key: "[", label: t("keys.previousPage"), group: "list", on: () => !pager.isFirst && pager.previous() },
    { key: "]", label: t("keys.nextPage"), group: "list", on: next },
  ]);
  return (
    <div className="dc-pager">
      <span aria-live="polite">{t("table.shown", { count })}</span>
      <Select
        size="xs"
        w={132}
        aria-label={t("table.pageSize")}
        data={sizes.map((value) => ({ value, label: t("table.perPage", { number: value }) }))}
        value={String(pageSize)}
        onChange={(value) => {
          setPageSize(Number(value) as 50);
          pager.toFirst();
        }}
      />
      <span className="dc-pager-buttons">
        <button type="button" onClick={pager.previous} disabled={pager.isFirst} className="dc-button">
          <Icon name="back" size={12} />
          {t("table.previous")}
        </button>
        <button type="button" onClick={next} disabled={nextCursor === null} className="dc-button">
          {t("table.next")}
          <Icon name="next" size={12} />
        </button>
      </span>
    </div>
  );
}
