// Where one is signed in.
import { useMutation, useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import { logout } from "../../api/session.ts";
import type { Page, UserSession } from "../../api/types.ts";
import { Empty } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { Time } from "../../components/time.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { refreshAccess } from "../admin/user-actions.ts";
import { browserOf } from "./browser-of.ts";

export function Sessions() {
  const { t } = useTranslation("access");
  const sessions = useQuery({
    queryKey: ["access", "sessions"],
    queryFn: ({ signal }) => api.get<Page<UserSession>>("/auth/sessions", { signal }),
  });
  const end = useMutation({
    mutationFn: (session: UserSession | null) =>
      session?.current ? logout() : api.delete<null>(`/auth/sessions${session ? `/${session.id}` : ""}`),
    onSuccess: (_, session) => toastDone(t(session ? "done.sessionEnded" : "done.sessionsEnded")),
    onError: toastError,
    onSettled: refreshAccess,
  });
  const others = sessions.data?.items.filter(({ current }) => !current).length ?? 0;
  const nameOf = ({ agent }: UserSession) => browserOf(agent) ?? t("unknownBrowser");
  return (
    <>
      <DataTable
        label={t("sessions")}
        query={sessions}
        rowKey={(session) => session.id}
        rowName={nameOf}
        empty={<Empty title={t("noSessions")} />}
        columns={[
          {
            id: "browser",
            header: t("column.browser"),
            onCard: "title",
            cell: (session) => (
              <span>
                <span className="dc-mono" title={session.agent ?? undefined}>
                  {nameOf(session)}
                </span>
                {session.current && <strong> {t("thisOne")}</strong>}
              </span>
            ),
          },
          {
            id: "address",
            header: t("column.address"),
            cell: (session) => <span className="dc-mono">{session.address ?? "–"}</span>,
          },
          {
            id: "seen",
            header: t("column.lastSeen"),
            cell: (session) => <Time at={session.lastSeenAt} relative dense />,
          },
          { id: "began", header: t("column.signedIn"), cell: (session) => <Time at={session.createdAt} dense /> },
          {
            id: "expires",
            header: t("column.expires"),
            from: "lg",
            cell: (session) => <Time at={session.expiresAt} dense />,
          },
          {
            id: "actions",
            header: t("column.actions"),
            onCard: "end",
            cell: (session) => (
              <Button
                variant="default"
                size="compact-xs"
                onClick={() => end.mutate(session)}
                aria-label={session.current ? undefined : t("endOf", { browser: nameOf(session) })}
              >
                {session.current ? t("shell:user.logout") : t("end")}
              </Button>
            ),
          },
        ]}
      />
      {others > 0 && (
        <Button variant="default" onClick={() => end.mutate(null)} loading={end.isPending}>
          {t("endOthers")}
        </Button>
      )}
    </>
  );
}
