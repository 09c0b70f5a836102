// Another password for oneself: takes the old one, and ends one's sessions everywhere else.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, api } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { startAnew, useUser } from "../../api/session.ts";
import { Alert } from "../../components/alert.tsx";
import { useErrorWords } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { PasswordInput } from "../../components/inputs.tsx";
import { isPassword, noPassword, PasswordFields } from "../../components/password-fields.tsx";
import { toastDone } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";

export function OwnPassword() {
  const { t } = useTranslation("access");
  const words = useErrorWords();
  const user = useUser();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState(noPassword);
  const change = useMutation({
    mutationFn: () => api.post("/auth/password", { current, next: next.value }),
    async onSuccess() {
      // Another session has begun, with another token against forged requests.
      await startAnew();
      setCurrent("");
      setNext(noPassword);
      toastDone(t("done.passwordChanged"));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["access"] }),
  });
  const isWrong = change.error instanceof ApiError && change.error.code === "bad_credentials";
  const isSame = next.value !== "" && next.value === current;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isPassword(next) && !isSame) change.mutate();
      }}
    >
      {change.error && !isWrong && (
        <Alert tone="bad" role="alert">
          {words(change.error)}
        </Alert>
      )}
      <input type="hidden" name="username" autoComplete="username" value={user?.name ?? ""} />
      <PasswordInput
        label={t("currentPassword")}
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        error={isWrong && t("passwordWrong")}
        autoComplete="current-password"
        required
        showLabel={t("sign-in:showPassword")}
      />
      <PasswordFields label={t("newPassword")} password={next} onChange={setNext} error={isSame && t("passwordSame")} />
      <p className="dc-plain dc-soft dc-small">{t("passwordEnds")}</p>
      <Button type="submit" loading={change.isPending} disabled={!isPassword(next) || current === "" || isSame}>
        {t("changePassword")}
      </Button>
    </form>
  );
}
