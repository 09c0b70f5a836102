// Making an account, and changing one.
import { Alert, Button, Group, Modal, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/call.ts";
import type { UserView } from "../../api/types.ts";
import { useErrorWords } from "../../components/async.tsx";
import { isZone, OwnSettingsFields, settingsBody } from "../../components/own-settings.tsx";
import { isPassword, noPassword, PasswordFields } from "../../components/password-fields.tsx";
import { useRoleOptions } from "./roles.ts";
import type { useUserActions } from "./user-actions.ts";

interface Props {
  /** Absent: a new one. */
  user?: UserView;
  actions: ReturnType<typeof useUserActions>;
  onClose(): void;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$/;

export function UserDialog({ user, actions, onClose }: Props) {
  const { t } = useTranslation("access");
  const words = useErrorWords();
  const roles = useRoleOptions();
  const [name, setName] = useState(user?.name ?? "");
  const [role, setRole] = useState(user?.role ?? "viewer");
  const [password, setPassword] = useState(noPassword);
  const [settings, setSettings] = useState({
    displayName: user?.displayName ?? "",
    language: user?.language ?? null,
    timezone: user?.timezone ?? "",
  });
  const { error, isPending } = user ? actions.change : actions.create;
  const isNameWrong = name !== "" && !namePattern.test(name);
  const isTaken = error instanceof ApiError && error.code === "name_taken";
  const isReady =
    namePattern.test(name) &&
    (settings.timezone.trim() === "" || isZone(settings.timezone.trim())) &&
    (user !== undefined || isPassword(password));
  const close = () => {
    actions.change.reset();
    actions.create.reset();
    onClose();
  };
  const save = () => {
    const body = { role, ...settingsBody(settings) };
    if (user) actions.change.mutate({ user, patch: body, done: "userChanged" }, { onSuccess: close });
    else actions.create.mutate({ name, password: password.value, ...body }, { onSuccess: close });
  };
  return (
    <Modal
      opened
      onClose={close}
      title={user ? t("editTitle", { name: user.name }) : t("newUser")}
      closeButtonProps={{ "aria-label": t("common:close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) save();
        }}
      >
        {Boolean(error) && !isTaken && (
          <Alert color="red" role="alert" mb="sm">
            {words(error)}
          </Alert>
        )}
        {!user && (
          <TextInput
            label={t("loginName")}
            description={t("loginNameHint")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value.trim())}
            error={isTaken ? t("nameTaken") : isNameWrong && t("nameWrong")}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            data-autofocus
          />
        )}
        <Select
          label={t("column.role")}
          description={t(`may.${role}`)}
          data={roles}
          value={role}
          allowDeselect={false}
          onChange={(value) => setRole(value as typeof role)}
          mt="sm"
        />
        {!user && <PasswordFields password={password} onChange={setPassword} canMake />}
        <OwnSettingsFields value={settings} onChange={setSettings} />
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={close}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={isPending} disabled={!isReady}>
            {user ? t("common:save") : t("create")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
