// What everybody may change about themselves.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import type { MeAnswer } from "../../api/types.ts";
import { Alert } from "../../components/alert.tsx";
import { useErrorWords } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { isZone, OwnSettingsFields, settingsBody } from "../../components/own-settings.tsx";
import { toastDone } from "../../components/toast.tsx";
import { setLanguage } from "../../i18n.ts";
import { useTranslation } from "../../lib/translation.tsx";

export function OwnSettingsForm({ user }: { user: NonNullable<MeAnswer["user"]> }) {
  const { t, i18n } = useTranslation("access");
  const words = useErrorWords();
  const [settings, setSettings] = useState({
    displayName: user.displayName ?? "",
    language: user.language,
    timezone: user.timezone ?? "",
  });
  const save = useMutation({
    mutationFn: () => api.patch<MeAnswer>("/auth/me", settingsBody(settings)),
    async onSuccess(me) {
      queryClient.setQueryData(["me"], me);
      if (settings.language !== null) await setLanguage(settings.language);
      // In the language that was chosen just now.
      toastDone(i18n.t("done.profileSaved", { ns: "access" }));
    },
  });
  const isWrong = settings.timezone.trim() !== "" && !isZone(settings.timezone.trim());
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong) save.mutate();
      }}
    >
      {save.error && (
        <Alert tone="bad" role="alert">
          {words(save.error)}
        </Alert>
      )}
      <OwnSettingsFields value={settings} onChange={setSettings} />
      <Button type="submit" loading={save.isPending} disabled={isWrong}>
        {t("common:save")}
      </Button>
    </form>
  );
}
