// Stopping all planning for everybody, and going on.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/call.ts";
import { queryClient } from "../api/query-client.ts";
import { useCan } from "../api/session.ts";
import { useTranslation } from "../lib/translation.tsx";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { onDemand } from "./on-demand.tsx";
import { toastDone, toastError } from "./toast.tsx";

const PauseDialog = onDemand(async () => (await import("./pause-dialog.tsx")).PauseDialog);

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
      {isAsking && <PauseDialog onClose={() => setAsking(false)} onSettled={refresh} />}
    </span>
  );
}
