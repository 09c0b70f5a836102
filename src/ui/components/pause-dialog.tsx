// Why all planning is stopped, and until when.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/call.ts";
import { useNow } from "../lib/clock.ts";
import { browserZone } from "../lib/format.ts";
import { useTranslation } from "../lib/translation.tsx";
import { Button } from "./button.tsx";
import { TextInput } from "./inputs.tsx";
import { Dialog, DialogButtons } from "./mantine/dialog.tsx";
import { toastDone, toastError } from "./toast.tsx";

interface Props {
  onClose(): void;
  /** Paused or refused: what is shown of it is to be asked again. */
  onSettled(): Promise<unknown>;
}

export function PauseDialog({ onClose, onSettled }: Props) {
  const { t } = useTranslation("schedulers");
  const now = useNow();
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const untilMs = until === "" ? null : new Date(until).getTime();
  const isPast = untilMs !== null && !(untilMs > now);
  const pause = useMutation({
    mutationFn: () =>
      api.post("/scheduler/pause", {
        reason: reason.trim(),
        ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
      }),
    onSuccess() {
      toastDone(t("planning.isPaused"));
      onClose();
    },
    onError: toastError,
    onSettled,
  });
  return (
    <Dialog onClose={onClose} title={t("planning.ask")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isPast && reason.trim() !== "") pause.mutate();
        }}
      >
        <p className="dc-plain dc-soft">{t("planning.askText")}</p>
        <TextInput
          label={t("planning.reason")}
          value={reason}
          maxLength={500}
          required
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label={t("planning.untilIn", { zone: browserZone() })}
          description={t("planning.untilHint")}
          value={until}
          error={isPast && t("planning.past")}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={pause.isPending} disabled={isPast || reason.trim() === ""}>
            {t("planning.pause")}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
