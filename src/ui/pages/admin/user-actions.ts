// What an admin does to accounts: each says what it did; what shuts somebody out is asked for before.
import { useMutation } from "@tanstack/react-query";
import { api, part } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import { useUser } from "../../api/session.ts";
import type { UserBody, UserPatch, UserView } from "../../api/types.ts";
import { confirm } from "../../components/confirm.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";

export const refreshAccess = () => queryClient.invalidateQueries({ queryKey: ["access"] });

export function useUserActions() {
  const { t } = useTranslation("access");
  const me = useUser();
  const create = useMutation({
    mutationFn: (body: UserBody) => api.post<UserView>("/users", body),
    onSuccess: ({ name }) => toastDone(t("done.userCreated", { name })),
    onSettled: refreshAccess,
  });
  const change = useMutation({
    mutationFn: ({ user, patch }: { user: UserView; patch: UserPatch; done: string }) =>
      api.patch<UserView>(`/users/${part(user.name)}`, patch),
    async onSuccess({ name }, { done }) {
      toastDone(t(`done.${done}`, { name }));
      // One's own role, name or language shows in the head.
      if (name === me?.name) await queryClient.invalidateQueries({ queryKey: ["me"] });
    },
    onSettled: refreshAccess,
  });
  const remove = useMutation({
    mutationFn: (user: UserView) => api.delete<null>(`/users/${part(user.name)}`),
    onSuccess: (_, { name }) => toastDone(t("done.userDeleted", { name })),
    onError: toastError,
    onSettled: refreshAccess,
  });
  return {
    create,
    change,
    async setDisabled(user: UserView, disabled: boolean) {
      const { name } = user;
      const question = {
        title: t("confirm.disable", { name }),
        text: t("confirm.disableText"),
        action: t("disable"),
        danger: true,
      };
      if (disabled && !(await confirm(question))) return;
      const done = disabled ? "userDisabled" : "userEnabled";
      change.mutate({ user, patch: { disabled }, done }, { onError: toastError });
    },
    async remove(user: UserView) {
      const title = t("confirm.delete", { name: user.name });
      if (await confirm({ title, text: t("confirm.deleteText"), action: t("delete"), danger: true }))
        remove.mutate(user);
    },
  };
}
