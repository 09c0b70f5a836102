// Asking before something is done that can't be undone, or that is done to many: names what, and how many of them. Twenty and
// more want their number typed, and what is lost for good its name.
import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

export interface Question {
  title: string;
  /** What will happen, in a sentence. */
  text?: string;
  /** Names of what it is done to. */
  objects?: string[];
  /** What has to be typed; by default nothing, or from twenty objects on their number. */
  typed?: string;
  /** What the button says: the verb. */
  action: string;
  danger?: boolean;
}

type Asked = Question & { answer(yes: boolean): void };

let ask: ((question: Asked) => void) | null = null;
const typedFrom = 20;
const namedAtMost = 8;

/** Resolves true when the user said yes. */
export const confirm = (question: Question): Promise<boolean> =>
  new Promise((resolve) => (ask ? ask({ ...question, answer: resolve }) : resolve(false)));

export function ConfirmHost() {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState("");
  useEffect(() => {
    ask = (question) => {
      setTyped("");
      setAsked(question);
      setOpened(true);
    };
    return () => {
      ask = null;
    };
  }, []);
  const answer = (yes: boolean) => {
    setOpened(false);
    asked?.answer(yes);
  };
  const objects = asked?.objects ?? [];
  const wanted = asked?.typed ?? (objects.length >= typedFrom ? String(objects.length) : null);
  const isReady = wanted === null || typed.trim() === wanted;
  return (
    <Modal
      opened={opened}
      onClose={() => answer(false)}
      title={asked?.title}
      closeButtonProps={{ "aria-label": t("close") }}
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) answer(true);
        }}
      >
        {asked?.text && <p className="dc-plain">{asked.text}</p>}
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
            inputMode={asked?.typed === undefined ? "numeric" : "text"}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            mt="sm"
          />
        )}
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={() => answer(false)}>
            {t("cancel")}
          </Button>
          <Button type="submit" disabled={!isReady} {...(asked?.danger ? { color: "red" } : {})}>
            {asked?.action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
