// Stopping all planning for everybody, and going on.
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/call.ts";
import { queryClient } from "../api/query-client.ts";
import { useCan } from "../api/session.ts";
import { Icon } from "./icon.tsx";
import { toastDone, toastError } from "./toast.tsx";

const PauseDialog = lazy(async () => ({ default: (await import("./pause-dialog.tsx")).PauseDialog }));

const refresh = () =>
  Promise.all(
    ["schedulers", "stats", "jobs", "plan"].map((topic) => queryClient.invalidateQueries({ queryKey: [topic] })),
  );

export function PlanningSwitch({ isPaused }: { isPaused: boolean }) {
  const { t } = useTranslation("schedulers");
  const mayOperate = useCan("operator");
  const [isAsking, setAsking] = useState(false);
  const resume = useMutation({
    mutationFn: () => api.post("/scheduler/resume"),
    onSuccess: () => toastDone(t("planning.resumed")),
    onError: toastError,
    onSettled: refresh,
  });
  if (!mayOperate) return null;
  return (
    <span className="dc-actions">
      {isPaused ? (
        <Button
          variant="default"
          loading={resume.isPending}
          leftSection={<Icon name="play" size={12} />}
          onClick={() => resume.mutate()}
        >
          {t("planning.resume")}
        </Button>
      ) : (
        <Button variant="default" leftSection={<Icon name="pause" size={12} />} onClick={() => setAsking(true)}>
          {t("planning.pause")}
        </Button>
      )}
      {isAsking && (
        <Suspense fallback={null}>
          <PauseDialog onClose={() => setAsking(false)} onSettled={refresh} />
        </Suspense>
      )}
    </span>
  );
}
