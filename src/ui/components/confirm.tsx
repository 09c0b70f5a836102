// Asking before something is done that can't be undone, or that is done to many: names what, and how many of them. Twenty and
// more want their number typed, and what is lost for good its name.

import { useEffect, useState } from "react";
import { onDemand } from "./on-demand.tsx";
import { Once } from "./once.tsx";

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
const ConfirmDialog = onDemand(async () => (await import("./confirm-dialog.tsx")).ConfirmDialog);

/** Resolves true when the user said yes. */
export const confirm = (question: Question): Promise<boolean> =>
  new Promise((resolve) => (ask ? ask({ ...question, answer: resolve }) : resolve(false)));

export function ConfirmHost() {
  const [asked, setAsked] = useState<(Asked & { number: number }) | null>(null);
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    ask = (question) => {
      setAsked((before) => ({ ...question, number: (before?.number ?? 0) + 1 }));
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
  return (
    <Once when={asked !== null}>
      {asked && <ConfirmDialog key={asked.number} asked={asked} opened={opened} onAnswer={answer} />}
    </Once>
  );
}
