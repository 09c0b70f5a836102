// Disabling jobs for a while, or for good: until when, and why, for whoever wonders later.
import { useState } from "react";
import { Button } from "../../components/button.tsx";
import { Radio } from "../../components/choices.tsx";
import { TextInput } from "../../components/inputs.tsx";
import { Dialog, DialogButtons } from "../../components/mantine/dialog.tsx";
import { now, useNow } from "../../lib/clock.ts";
import { browserZone, formatInstant } from "../../lib/format.ts";
import { useTranslation } from "../../lib/translation.tsx";

const spans = { hour: 3_600_000, fourHours: 4 * 3_600_000, day: 86_400_000 } as const;
type Choice = "forGood" | keyof typeof spans | "instant";

export interface Disabling {
  /** ISO; null: until somebody enables it. */
  until: string | null;
  reason: string;
}

interface Props {
  title: string;
  isPending: boolean;
  onDisable(how: Disabling): void;
  onClose(): void;
}

export function DisableDialog({ title, isPending, onDisable, onClose }: Props) {
  const { t } = useTranslation("jobs");
  const present = useNow();
  const [choice, setChoice] = useState<Choice>("hour");
  const [instant, setInstant] = useState(() =>
    formatInstant(now() + spans.day, undefined, { seconds: false }).replace(" ", "T"),
  );
  const [reason, setReason] = useState("");
  const untilMs =
    choice === "forGood" ? null : choice === "instant" ? new Date(instant).getTime() : present + spans[choice];
  const isWrong = untilMs !== null && !(untilMs > present);
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isWrong) return;
          const until = untilMs === null ? null : new Date(untilMs).toISOString();
          onDisable({ until, reason: reason.trim() });
        }}
      >
        <p className="dc-plain dc-soft">{t("disable.lead")}</p>
        <fieldset className="dc-radios">
          <legend className="dc-label">{t("disable.until")}</legend>
          {(["hour", "fourHours", "day", "instant", "forGood"] as const).map((each) => (
            <Radio
              key={each}
              name="until"
              label={t(`disable.${each}`)}
              checked={choice === each}
              onChange={() => setChoice(each)}
            />
          ))}
        </fieldset>
        {choice === "instant" && (
          <TextInput
            type="datetime-local"
            label={t("disable.instantIn", { zone: browserZone() })}
            value={instant}
            error={isWrong && t("disable.past")}
            onChange={(event) => setInstant(event.currentTarget.value)}
          />
        )}
        <TextInput
          label={t("disable.reason")}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={isPending} disabled={isWrong}>
            {t("disable.action")}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
