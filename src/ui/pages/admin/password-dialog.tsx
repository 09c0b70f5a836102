// Giving somebody another password, without knowing the old one.
import { useState } from "react";
import type { UserView } from "../../api/types.ts";
import { Alert } from "../../components/alert.tsx";
import { useErrorWords } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { Dialog, DialogButtons } from "../../components/mantine/dialog.tsx";
import { isPassword, noPassword, PasswordFields } from "../../components/password-fields.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import type { useUserActions } from "./user-actions.ts";

interface Props {
  user: UserView;
  actions: ReturnType<typeof useUserActions>;
  onClose(): void;
}

export function PasswordDialog({ user, actions: { change }, onClose }: Props) {
  const { t } = useTranslation("access");
  const words = useErrorWords();
  const [password, setPassword] = useState(noPassword);
  const close = () => {
    change.reset();
    onClose();
  };
  return (
    <Dialog onClose={close} title={t("passwordTitle", { name: user.name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const patch = { password: password.value };
          if (isPassword(password)) change.mutate({ user, patch, done: "passwordSet" }, { onSuccess: close });
        }}
      >
        <p className="dc-plain dc-soft">{t("passwordLead")}</p>
        {change.error && (
          <Alert tone="bad" role="alert">
            {words(change.error)}
          </Alert>
        )}
        <PasswordFields label={t("newPassword")} password={password} onChange={setPassword} canMake />
        <DialogButtons>
          <Button variant="default" onClick={close}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!isPassword(password)}>
            {t("setPassword")}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
