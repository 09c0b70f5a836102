// Who executes: all nodes, as cards or as a table, whichever this browser was told last.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { api } from "../../api/call.ts";
import type { NodeView, Page } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { SegmentedControl } from "../../components/choices.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { usePager } from "../../components/pager.ts";
import { SearchBox } from "../../components/search-box.tsx";
import { useSetting } from "../../lib/settings.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { useUrlState } from "../../lib/url-state.ts";
import { useSummary } from "../../shell/banners.tsx";
import { nodePath, useNodeActions } from "../node/node-actions.ts";
import { NodeCards } from "./node-cards.tsx";
import { useNodeColumns } from "./node-columns.tsx";
import "./nodes.css";
import { useLoads } from "./use-loads.ts";

const inAddress = { q: "", cursor: "" };

export function NodesPage() {
  const { t } = useTranslation("nodes");
  const [, navigate] = useLocation();
  const [view, setView] = useSetting("nodes");
  const pager = usePager();
  const actions = useNodeActions();
  const [{ q }, setFilters] = useUrlState(inAddress);
  const query = { q, limit: pager.limit, cursor: pager.cursor };
  const nodes = useQuery({
    queryKey: ["nodes", "list", query],
    queryFn: ({ signal }) => api.get<Page<NodeView>>("/nodes", { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 5000,
  });
  const loads = useLoads({ ...query, bucket: "1m" });
  const curvesOf = (node: NodeView) => loads.data?.items.find((each) => each.node.id === node.id);
  const columns = useNodeColumns(actions, curvesOf);
  return (
    <>
      <PageHeader title={t("title")} lead={<Lead />}>
        <SegmentedControl
          size="xs"
          aria-label={t("view.label")}
          value={view}
          onChange={setView}
          data={(["cards", "table"] as const).map((value) => ({ value, label: t(`view.${value}`) }))}
        />
      </PageHeader>
      <search className="dc-toolbar">
        <SearchBox
          value={q}
          label={t("search")}
          onSearch={(text) => setFilters({ q: text, cursor: null }, { replace: true })}
        />
      </search>
      <DataTable
        label={t("title")}
        columns={columns}
        query={nodes}
        rowKey={(node) => node.id}
        rowName={(node) => node.name}
        onOpen={(node) => navigate(nodePath(node.id))}
        pager={pager}
        onClearFilters={q === "" ? undefined : () => setFilters(inAddress)}
        {...(view === "cards"
          ? {
              draw: (rows: NodeView[], marked: number) => <NodeCards {...{ nodes: rows, marked, actions, curvesOf }} />,
            }
          : {})}
        empty={
          <Empty title={t("empty.title")}>
            <p className="dc-plain">{t("empty.text")}</p>
            <code className="dc-mono">distcron serve --role=node --config node.yaml</code>
          </Empty>
        }
      />
    </>
  );
}

function Lead() {
  const { t } = useTranslation("nodes");
  const counts = useSummary().data?.nodes;
  if (!counts) return null;
  const { live, total, draining } = counts;
  return <>{t("lead", { live, total }) + (draining > 0 ? ` · ${t("leadDraining", { count: draining })}` : "")}</>;
}
