// Making a token. Its secret is shown once, in the same dialog, and then never again.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/call.ts";
import { useCan, useUser } from "../../api/session.ts";
import type { TokenBody, TokenCreated } from "../../api/types.ts";
import { Alert } from "../../components/alert.tsx";
import { useErrorWords } from "../../components/async.tsx";
import { Button } from "../../components/button.tsx";
import { Checkbox } from "../../components/choices.tsx";
import { CodeBlock } from "../../components/code-block.tsx";
import { Icon } from "../../components/icon.tsx";
import { Select, TextInput } from "../../components/inputs.tsx";
import { Dialog, DialogButtons } from "../../components/mantine/dialog.tsx";
import { now } from "../../lib/clock.ts";
import { useTranslation } from "../../lib/translation.tsx";
import "./admin.css";
import { useRoleOptions } from "./roles.ts";
import { refreshAccess } from "./user-actions.ts";

const dayMs = 86_400_000;
const lives = { "30": 30, "90": 90, "365": 365, never: null } as const;
type Life = keyof typeof lives;

export function TokenDialog({ mine, onClose }: { mine: boolean; onClose(): void }) {
  const { t } = useTranslation("access");
  const words = useErrorWords();
  const user = useUser();
  const isAdmin = useCan("admin");
  const roles = useRoleOptions(user?.role ?? "viewer");
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const [life, setLife] = useState<Life>("90");
  const [metrics, setMetrics] = useState(false);
  const [personal, setPersonal] = useState(mine);
  const make = useMutation({
    mutationFn: (body: TokenBody) => api.post<TokenCreated>("/tokens", body),
    onSettled: refreshAccess,
  });
  const submit = () => {
    const days = lives[life];
    make.mutate({
      name: name.trim(),
      role: role as NonNullable<TokenBody["role"]>,
      scopes: metrics ? ["metrics"] : [],
      expiresAt: days === null ? null : new Date(now() + days * dayMs).toISOString(),
      personal,
    });
  };
  const made = make.data;
  return (
    <Dialog
      onClose={onClose}
      title={made ? t("tokenMade", { name: made.name }) : t("newToken")}
      // A click beside it would lose what is shown only now.
      closeOnClickOutside={!made}
    >
      {made ? (
        <div className="dc-token">
          <Alert tone="warn" icon={<Icon name="warning" size={18} />}>
            {t("shownOnce")}
          </Alert>
          <CodeBlock text={made.token} label={t("column.token")} />
          <p className="dc-plain dc-soft">{t("tokenUse")}</p>
          <CodeBlock
            text={`curl -H "Authorization: Bearer ${made.token}" ${window.location.origin}/api/v1/jobs`}
            label="curl"
          />
          <DialogButtons>
            <Button onClick={onClose}>{t("copiedIt")}</Button>
          </DialogButtons>
        </div>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          {make.error && (
            <Alert tone="bad" role="alert">
              {words(make.error)}
            </Alert>
          )}
          <TextInput
            label={t("tokenName")}
            description={t("tokenNameHint")}
            value={name}
            maxLength={100}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            data-autofocus
          />
          <Checkbox
            label={t("metricsOnly")}
            description={t("metricsHint")}
            checked={metrics}
            onChange={(event) => setMetrics(event.currentTarget.checked)}
          />
          {!metrics && (
            <Select
              label={t("column.role")}
              description={t(`may.${role}`)}
              data={roles}
              value={role}
              onChange={(value) => value && setRole(value)}
            />
          )}
          <Select
            label={t("validFor")}
            data={Object.keys(lives).map((value) => ({ value, label: t(`life.${value}`) }))}
            value={life}
            onChange={(value) => setLife(value as Life)}
          />
          {isAdmin && !mine && (
            <Checkbox
              label={t("personal")}
              description={t("personalHint")}
              checked={personal}
              onChange={(event) => setPersonal(event.currentTarget.checked)}
            />
          )}
          <DialogButtons>
            <Button variant="default" onClick={onClose}>
              {t("common:cancel")}
            </Button>
            <Button type="submit" loading={make.isPending} disabled={name.trim() === ""}>
              {t("create")}
            </Button>
          </DialogButtons>
        </form>
      )}
    </Dialog>
  );
}
