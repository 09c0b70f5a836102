// Signing in. On success the shell takes over, and leads back to where one wanted to go.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../api/call.ts";
import { login } from "../../api/session.ts";
import { Alert } from "../../components/alert.tsx";
import { useErrorWords } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { PasswordInput, TextInput } from "../../components/inputs.tsx";
import { useTranslation } from "../../lib/translation.tsx";
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
      {setup && <Alert tone="busy">{t("setupFirst")}</Alert>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        {signIn.error && (
          <Alert tone="bad" role="alert">
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
          autoFocus
        />
        <PasswordInput
          label={t("password")}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          showLabel={t("showPassword")}
        />
        <Button type="submit" size="sm" fullWidth loading={signIn.isPending}>
          {t("login")}
        </Button>
      </form>
    </SignInFrame>
  );
}
