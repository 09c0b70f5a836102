// What can be gone to and done from anywhere, as far as the user's role reaches.

import { useLocation } from "wouter";
import { logout, useCan, useUser } from "../api/session.ts";
import type { JobView } from "../api/types.ts";
import type { IconName } from "../components/icon.tsx";
import { toastError } from "../components/toast.tsx";
import { type Language, languages, setLanguage } from "../i18n.ts";
import { chooseScheme, schemeChoices } from "../lib/color-scheme.ts";
import { useTranslation } from "../lib/translation.tsx";
import { useJobActions } from "../pages/job/job-actions.ts";
import { useNavigation } from "./navigation.tsx";

export type Go = () => unknown;

export interface Command {
  key: string;
  icon: IconName;
  label: string;
  /** Other words that it is found by. */
  also?: string;
  go: Go;
}

export function useCommands(onHelp: () => void) {
  const { t, i18n } = useTranslation("palette");
  const [, navigate] = useLocation();
  const jobActions = useJobActions();
  const [mayOperate, mayEdit] = [useCan("operator"), useCan("editor")];
  const isPerson = useUser()?.kind === "session";
  const pages: Command[] = useNavigation()
    .flat()
    .map(({ to, label, icon }) => ({
      key: to,
      icon,
      label: t(`shell:nav.${label}`),
      also: to,
      go: () => navigate(to),
    }));
  const actions: Command[] = [
    ...(mayEdit ? [{ key: "new", icon: "plus" as const, label: t("newJob"), go: () => navigate("/jobs/new") }] : []),
    ...(mayOperate
      ? [{ key: "pause", icon: "pause" as const, label: t("pause"), go: () => navigate("/schedulers") }]
      : []),
    ...schemeChoices.map((scheme) => ({
      key: scheme,
      icon: ({ light: "sun", dark: "moon", auto: "screen" } as const)[scheme],
      label: t("theme", { name: t(`shell:view.${scheme}`) }),
      go: () => chooseScheme(scheme),
    })),
    ...(Object.entries(languages) as [Language, string][])
      .filter(([name]) => name !== i18n.language)
      .map(([name, label]) => ({
        key: name,
        icon: "language" as const,
        label: t("language", { name: label }),
        also: `language 语言 ${name}`,
        go: () => setLanguage(name).catch(toastError),
      })),
    { key: "help", icon: "keyboard", label: t("shell:keys.title"), go: onHelp },
    ...(isPerson
      ? [{ key: "logout", icon: "power" as const, label: t("shell:user.logout"), go: () => logout().catch(toastError) }]
      : []),
  ];
  const runJob = (job: JobView): Command => ({
    key: `run ${job.id}`,
    icon: "play",
    label: t("runNow", { name: job.name }),
    go: () => jobActions.run.mutate({ job }),
  });
  return { navigate, pages, actions, runJob: mayOperate ? runJob : null };
}
