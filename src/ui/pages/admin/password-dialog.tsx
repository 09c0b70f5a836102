// Giving somebody another password, without knowing the old one.
import { Alert, Button, Group, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { UserView } from "../../api/types.ts";
import { useErrorWords } from "../../components/async.tsx";
import { isPassword, noPassword, PasswordFields } from "../../components/password-fields.tsx";
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
    <Modal
      opened
      onClose={close}
      title={t("passwordTitle", { name: user.name })}
      closeButtonProps={{ "aria-label": t("common:close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const patch = { password: password.value };
          if (isPassword(password)) change.mutate({ user, patch, done: "passwordSet" }, { onSuccess: close });
        }}
      >
        <p className="dc-plain dc-soft">{t("passwordLead")}</p>
        {change.error && (
          <Alert color="red" role="alert" mt="sm">
            {words(change.error)}
          </Alert>
        )}
        <PasswordFields label={t("newPassword")} password={password} onChange={setPassword} canMake />
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={close}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!isPassword(password)}>
            {t("setPassword")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
