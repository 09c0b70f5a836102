// Whether anything is planned at all, stopping that for everybody, and going on.
import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useCan } from "../../api/session.ts";
import type { Schedulers } from "../../api/types.ts";
import { Icon } from "../../components/icon.tsx";
import { Time } from "../../components/time.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { useNow } from "../../lib/clock.ts";
import { browserZone } from "../../lib/format.ts";

const refresh = () =>
  Promise.all(["schedulers", "stats", "jobs"].map((topic) => queryClient.invalidateQueries({ queryKey: [topic] })));

export function Planning({ paused }: { paused: Schedulers["paused"] }) {
  const { t } = useTranslation("schedulers");
  const mayOperate = useCan("operator");
  const [isAsking, setAsking] = useState(false);
  const resume = useMutation({
    mutationFn: () => api.post("/scheduler/resume"),
    onSuccess: () => toastDone(t("planning.resumed")),
    onError: toastError,
    onSettled: refresh,
  });
  return (
    <section className="dc-panel dc-section dc-planning" aria-label={t("planning.title")}>
      <span className="dc-state" data-tone={paused ? "warn" : "good"} data-dashed={paused ? true : undefined}>
        <Icon name={paused ? "pause" : "check"} size={12} />
        {t(paused ? "planning.paused" : "planning.goesOn")}
      </span>
      {paused && (
        <span>
          {t("planning.by", { by: paused.by, reason: paused.reason })} <Time at={paused.since} relative />
          {paused.until ? (
            <>
              {t("planning.until")} <Time at={paused.until} />
            </>
          ) : (
            t("planning.forGood")
          )}
        </span>
      )}
      {mayOperate && (
        <span className="dc-actions">
          {paused ? (
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
        </span>
      )}
      {isAsking && <PauseDialog onClose={() => setAsking(false)} />}
    </section>
  );
}

function PauseDialog({ onClose }: { onClose(): void }) {
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
    onSettled: refresh,
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
