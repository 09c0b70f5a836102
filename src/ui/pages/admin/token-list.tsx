// Tokens: all of them for admins, and one's own on the profile.
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/call.ts";
import type { Page, TokenView } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { Icon } from "../../components/icon.tsx";
import { onDemand } from "../../components/on-demand.tsx";
import { usePager } from "../../components/pager.ts";
import { AccountStateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { now } from "../../lib/clock.ts";
import { useTranslation } from "../../lib/translation.tsx";

const TokenDialog = onDemand(async () => (await import("./token-dialog.tsx")).TokenDialog);

import { refreshAccess } from "./user-actions.ts";

const stateOf = (token: TokenView) =>
  token.revokedAt !== null
    ? "revoked"
    : token.expiresAt !== null && Date.parse(token.expiresAt) <= now()
      ? "expired"
      : "valid";

/** `mine`: one's own alone. */
export function TokenList({ mine = false }: { mine?: boolean }) {
  const { t } = useTranslation("access");
  const pager = usePager();
  const [isMaking, setMaking] = useState(false);
  const query = { limit: pager.limit, cursor: pager.cursor, ...(mine ? { mine } : {}) };
  const tokens = useQuery({
    queryKey: ["access", "tokens", query],
    queryFn: ({ signal }) => api.get<Page<TokenView>>("/tokens", { query, signal }),
    placeholderData: keepPreviousData,
  });
  const revoke = useMutation({
    mutationFn: (token: TokenView) => api.delete<null>(`/tokens/${token.id}`),
    onSuccess: (_, { name }) => toastDone(t("done.tokenRevoked", { name })),
    onError: toastError,
    onSettled: refreshAccess,
  });
  async function askAndRevoke(token: TokenView) {
    const title = t("confirm.revoke", { name: token.name });
    if (await confirm({ title, text: t("confirm.revokeText"), action: t("revoke"), danger: true }))
      revoke.mutate(token);
  }
  return (
    <>
      <div className="dc-toolbar">
        <Button leftSection={<Icon name="plus" size={14} />} onClick={() => setMaking(true)}>
          {t("newToken")}
        </Button>
      </div>
      <DataTable
        label={t("tokens")}
        query={tokens}
        rowKey={(token) => token.id}
        rowName={(token) => token.name}
        pager={pager}
        empty={
          <Empty title={t("noTokens")}>
            <p className="dc-plain">{t("noTokensText")}</p>
          </Empty>
        }
        columns={[
          {
            id: "name",
            header: t("column.token"),
            onCard: "title",
            cell: (token) => <strong>{token.name}</strong>,
          },
          {
            id: "role",
            header: t("column.role"),
            cell: (token) => (token.scopes.length > 0 ? t("metricsOnly") : t(`shell:role.${token.role}`)),
          },
          {
            id: "state",
            header: t("column.state"),
            cell: (token) => <AccountStateBadge state={stateOf(token)} />,
          },
          ...(mine
            ? []
            : [
                {
                  id: "owner",
                  header: t("column.owner"),
                  cell: ({ owner }: TokenView) =>
                    owner === null ? <span className="dc-soft">{t("nobody")}</span> : <code>{owner}</code>,
                },
              ]),
          {
            id: "expires",
            header: t("column.expires"),
            cell: (token) =>
              token.expiresAt === null ? (
                <span className="dc-soft">{t("never")}</span>
              ) : (
                <Time at={token.expiresAt} dense />
              ),
          },
          {
            id: "used",
            header: t("column.lastUsed"),
            cell: (token) =>
              token.lastUsedAt === null ? (
                <span className="dc-soft">{t("never")}</span>
              ) : (
                <Time at={token.lastUsedAt} relative dense />
              ),
          },
          {
            id: "created",
            header: t("column.created"),
            from: "lg",
            cell: (token) => (
              <span className="dc-stack">
                <Time at={token.createdAt} dense />
                <span className="dc-mono dc-soft">{token.createdBy}</span>
              </span>
            ),
          },
          {
            id: "actions",
            header: t("column.actions"),
            onCard: "end",
            cell: (token) =>
              stateOf(token) === "valid" && (
                <Button
                  variant="default"
                  size="compact-xs"
                  aria-label={t("revokeOf", { name: token.name })}
                  onClick={() => void askAndRevoke(token)}
                >
                  {t("revoke")}
                </Button>
              ),
          },
        ]}
      />
      {isMaking && <TokenDialog mine={mine} onClose={() => setMaking(false)} />}
    </>
  );
}
