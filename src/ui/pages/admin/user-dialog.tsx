// Making an account, and changing one.
import { useState } from "react";
import { ApiError } from "../../api/call.ts";
import type { UserView } from "../../api/types.ts";
import { Alert } from "../../components/alert.tsx";
import { useErrorWords } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { Select, TextInput } from "../../components/inputs.tsx";
import { Dialog, DialogButtons } from "../../components/mantine/dialog.tsx";
import { isZone, OwnSettingsFields, settingsBody } from "../../components/own-settings.tsx";
import { isPassword, noPassword, PasswordFields } from "../../components/password-fields.tsx";
import { useTranslation } from "../../lib/translation.tsx";
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
    <Dialog onClose={close} title={user ? t("editTitle", { name: user.name }) : t("newUser")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) save();
        }}
      >
        {Boolean(error) && !isTaken && (
          <Alert tone="bad" role="alert">
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
            data-autofocus
          />
        )}
        <Select
          label={t("column.role")}
          description={t(`may.${role}`)}
          data={roles}
          value={role}
          onChange={(value) => setRole(value as typeof role)}
        />
        {!user && <PasswordFields password={password} onChange={setPassword} canMake />}
        <OwnSettingsFields value={settings} onChange={setSettings} />
        <DialogButtons>
          <Button variant="default" onClick={close}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" loading={isPending} disabled={!isReady}>
            {user ? t("common:save") : t("create")}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
