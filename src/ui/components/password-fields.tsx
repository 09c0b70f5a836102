// Choosing a password: twice, unless it is made here and shown.
import { type ReactNode, useState } from "react";
import { useTranslation } from "../lib/translation.tsx";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { PasswordInput } from "./inputs.tsx";

const leastLength = 10;
const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Some 116 bits, without letters that look alike. */
function makePassword(): string {
  const bytes = crypto.getRandomValues(new Uint32Array(20));
  return [...bytes].map((byte) => alphabet[byte % alphabet.length]).join("");
}

export interface Password {
  value: string;
  again: string;
}
export const noPassword: Password = { value: "", again: "" };
export const isPassword = ({ value, again }: Password): boolean => value.length >= leastLength && value === again;

interface Props {
  password: Password;
  onChange(password: Password): void;
  error?: ReactNode;
  /** Of the first field; "Password". */
  label?: string;
  /** Offers to make one: for somebody else. */
  canMake?: boolean;
}

export function PasswordFields({ password, onChange, error, label, canMake }: Props) {
  const { t } = useTranslation("sign-in");
  const [isShown, setShown] = useState(false);
  const { value, again } = password;
  const shared = {
    autoComplete: "new-password",
    required: true,
    visible: isShown,
    onVisible: setShown,
    showLabel: t("showPassword"),
  };
  return (
    <>
      <PasswordInput
        {...shared}
        label={label ?? t("newPassword")}
        description={t("passwordHint", { count: leastLength })}
        value={value}
        onChange={(event) => onChange({ ...password, value: event.currentTarget.value })}
        error={error}
        minLength={leastLength}
      />
      <PasswordInput
        {...shared}
        label={t("repeat")}
        value={again}
        onChange={(event) => onChange({ ...password, again: event.currentTarget.value })}
        error={again !== "" && again !== value && t("differs")}
      />
      {canMake && (
        <Button
          variant="default"
          leftSection={<Icon name="retry" size={14} />}
          onClick={() => {
            const made = makePassword();
            setShown(true);
            onChange({ value: made, again: made });
          }}
        >
          {t("makePassword")}
        </Button>
      )}
    </>
  );
}
