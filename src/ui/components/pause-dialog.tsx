// Why all planning is stopped, and until when.
import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/call.ts";
import { useNow } from "../lib/clock.ts";
import { browserZone } from "../lib/format.ts";
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
    <Modal opened onClose={onClose} title={t("planning.ask")} closeButtonProps={{ "aria-label": t("common:close") }}>
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
          withAsterisk={false}
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
          mt="sm"
        />
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={pause.isPending} disabled={isPast || reason.trim() === ""}>
            {t("planning.pause")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
