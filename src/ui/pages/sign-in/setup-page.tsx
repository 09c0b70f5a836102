// The first visit: the link from the server's log makes the first account, an administrator's.
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError } from "../../api/call.ts";
import { setUp } from "../../api/session.ts";
import { Alert } from "../../components/alert.tsx";
import { useErrorWords } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { TextInput } from "../../components/inputs.tsx";
import { isPassword, noPassword, PasswordFields } from "../../components/password-fields.tsx";
import type { Language } from "../../i18n.ts";
import { useTranslation } from "../../lib/translation.tsx";
import { SignInFrame } from "./frame.tsx";

export function SetupPage() {
  const { t, i18n } = useTranslation("sign-in");
  const words = useErrorWords();
  // What stands behind # never leaves the browser by itself; taken once, it goes from the address and the history.
  const [token, setToken] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  useEffect(() => window.history.replaceState(null, "", "/setup"), []);
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState(noPassword);
  const make = useMutation({
    mutationFn: () =>
      setUp({ token: token.trim(), name, password: password.value, language: i18n.language as Language }),
  });
  const errors = make.error instanceof ApiError ? make.error.errors : [];
  const errorOf = (path: string) => errors.find((each) => each.path === path)?.message;
  return (
    <SignInFrame title={t("setup")} lead={t("setupLead")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isPassword(password)) make.mutate();
        }}
      >
        {make.error && (
          <Alert tone="bad" role="alert">
            {words(make.error)}
          </Alert>
        )}
        <TextInput
          label={t("token")}
          description={t("tokenHint")}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={errorOf("token")}
          autoComplete="off"
          spellCheck={false}
          required
        />
        <TextInput
          label={t("name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={errorOf("name")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        <PasswordFields password={password} onChange={setPassword} error={errorOf("password")} />
        <Button type="submit" size="sm" fullWidth loading={make.isPending} disabled={!isPassword(password)}>
          {t("makeAccount")}
        </Button>
      </form>
    </SignInFrame>
  );
}
