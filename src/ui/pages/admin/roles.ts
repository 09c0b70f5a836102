// Roles to choose from.

import { roleReaches } from "../../api/session.ts";
import type { Role } from "../../api/types.ts";
import { useTranslation } from "../../lib/translation.tsx";

/** `upTo`: no more than that one. */
export function useRoleOptions(upTo: Role = "admin") {
  const { t } = useTranslation("shell");
  return (["viewer", "operator", "editor", "admin"] as const)
    .filter((role) => roleReaches(upTo, role))
    .map((value) => ({ value, label: t(`role.${value}`) }));
}
