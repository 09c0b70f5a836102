// Signing in. On success the shell takes over, and leads back to where one wanted to go.
import { Alert, Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/call.ts";
import { login } from "../../api/session.ts";
import { useErrorWords } from "../../components/async.tsx";
import { SignInFrame } from "./frame.tsx";

export function LoginPage({ setup }: { setup: boolean }) {
  const { t } = useTranslation("sign-in");
  const words = useErrorWords();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({ mutationFn: () => login(name, password), onError: () => setPassword("") });
  const isWrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  return (
    <SignInFrame title={t("login")}>
      {setup && <Alert mb="md">{t("setupFirst")}</Alert>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        {signIn.error && (
          <Alert color="red" role="alert" mb="md">
            {isWrong ? t("wrong") : words(signIn.error)}
          </Alert>
        )}
        <TextInput
          label={t("name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          autoFocus
        />
        <PasswordInput
          label={t("password")}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          withAsterisk={false}
          mt="sm"
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
        />
        <Button type="submit" size="sm" fullWidth mt="lg" loading={signIn.isPending}>
          {t("login")}
        </Button>
      </form>
    </SignInFrame>
  );
}
