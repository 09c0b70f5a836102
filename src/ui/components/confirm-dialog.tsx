// The question itself, loaded with the first one.
import { useState } from "react";
import { useTranslation } from "../lib/translation.tsx";
import { Button } from "./button.tsx";
import type { Question } from "./confirm.tsx";
import { TextInput } from "./inputs.tsx";
import { Dialog, DialogButtons } from "./mantine/dialog.tsx";

const typedFrom = 20;
const namedAtMost = 8;

interface Props {
  asked: Question;
  opened: boolean;
  onAnswer(yes: boolean): void;
}

export function ConfirmDialog({ asked, opened, onAnswer: answer }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const objects = asked.objects ?? [];
  const wanted = asked.typed ?? (objects.length >= typedFrom ? String(objects.length) : null);
  const isReady = wanted === null || typed.trim() === wanted;
  return (
    <Dialog opened={opened} onClose={() => answer(false)} title={asked.title} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) answer(true);
        }}
      >
        {asked.text && <p className="dc-plain">{asked.text}</p>}
        {objects.length > 1 && (
          <ul className="dc-objects">
            {objects.slice(0, namedAtMost).map((name) => (
              <li key={name}>{name}</li>
            ))}
            {objects.length > namedAtMost && <li>{t("andMore", { count: objects.length - namedAtMost })}</li>}
          </ul>
        )}
        {wanted !== null && (
          <TextInput
            label={t("typeToConfirm", { number: wanted })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            inputMode={asked.typed === undefined ? "numeric" : "text"}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <DialogButtons>
          <Button variant="default" onClick={() => answer(false)}>
            {t("cancel")}
          </Button>
          <Button type="submit" disabled={!isReady} {...(asked.danger ? { color: "red" } : {})}>
            {asked.action}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
