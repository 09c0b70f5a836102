// The first visit: the link from the server's log makes the first account, an administrator's.
import { Alert, Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/call.ts";
import { setUp } from "../../api/session.ts";
import { useErrorWords } from "../../components/async.tsx";
import { SignInFrame } from "./frame.tsx";

const leastLength = 10;

export function SetupPage() {
  const { t } = useTranslation("sign-in");
  const words = useErrorWords();
  // What stands behind # never leaves the browser by itself; taken once, it goes from the address and the history.
  const [token, setToken] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  useEffect(() => window.history.replaceState(null, "", "/setup"), []);
  const [name, setName] = useState("admin");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const make = useMutation({ mutationFn: () => setUp({ token: token.trim(), name, password }) });
  const errors = make.error instanceof ApiError ? make.error.errors : [];
  const errorOf = (path: string) => errors.find((each) => each.path === path)?.message;
  const differs = again !== "" && again !== password;
  return (
    <SignInFrame title={t("setup")} lead={t("setupLead")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (again === password) make.mutate();
        }}
      >
        {make.error && (
          <Alert color="red" role="alert" mb="md">
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
          withAsterisk={false}
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
          withAsterisk={false}
          mt="sm"
        />
        <PasswordInput
          label={t("newPassword")}
          description={t("passwordHint", { count: leastLength })}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={errorOf("password")}
          autoComplete="new-password"
          minLength={leastLength}
          required
          withAsterisk={false}
          mt="sm"
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
        />
        <PasswordInput
          label={t("repeat")}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={differs && t("differs")}
          autoComplete="new-password"
          required
          withAsterisk={false}
          mt="sm"
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
        />
        <Button type="submit" size="sm" fullWidth mt="lg" loading={make.isPending} disabled={differs}>
          {t("makeAccount")}
        </Button>
      </form>
    </SignInFrame>
  );
}
