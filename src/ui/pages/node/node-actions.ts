// What people do to nodes, from their list and from a node's own page.
import { useMutation } from "@tanstack/react-query";
import { api, part } from "../../api/call.ts";
import { queryClient } from "../../api/query-client.ts";
import type { NodeDetail, NodeView } from "../../api/types.ts";
import { confirm } from "../../components/confirm.tsx";
import { toastDone, toastError } from "../../components/toast.tsx";
import { useTranslation } from "../../lib/translation.tsx";

export const nodePath = (id: string): string => `/nodes/${part(id)}`;

const refresh = () =>
  Promise.all(["nodes", "runs", "stats"].map((topic) => queryClient.invalidateQueries({ queryKey: [topic] })));

export function useNodeActions() {
  const { t } = useTranslation("nodes");

  const drain = useMutation({
    mutationFn: (node: NodeView) => api.post<NodeDetail>(`${nodePath(node.id)}/drain`),
    onSuccess({ name, drain: begun }) {
      const moved = begun?.moved ? ` ${t("drain.moved", { count: begun.moved })}` : "";
      toastDone(t("done.drain", { name }) + moved);
    },
    onError: toastError,
    onSettled: refresh,
  });
  const resume = useMutation({
    mutationFn: (node: NodeView) => api.post<NodeDetail>(`${nodePath(node.id)}/resume`),
    onSuccess: ({ name }) => toastDone(t("done.resume", { name })),
    onError: toastError,
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (node: NodeView) => api.delete<null>(nodePath(node.id)),
    onSuccess: (_, { name }) => toastDone(t("done.remove", { name })),
    onError: toastError,
    onSettled: refresh,
  });

  return {
    isBusy: drain.isPending || resume.isPending || remove.isPending,
    async drain(node: NodeView): Promise<void> {
      const title = t("confirm.drain", { name: node.name });
      const text = t("confirm.drainText", { running: node.running });
      if (await confirm({ title, text, action: t("action.drain") })) drain.mutate(node);
    },
    resume: (node: NodeView) => resume.mutate(node),
    /** Asks first; answers whether it was done. */
    async remove(node: NodeView): Promise<boolean> {
      const title = t("confirm.remove", { name: node.name });
      if (!(await confirm({ title, text: t("confirm.removeText"), action: t("action.remove"), danger: true })))
        return false;
      return remove.mutateAsync(node).then(
        () => true,
        () => false,
      );
    },
  };
}

export type NodeActions = ReturnType<typeof useNodeActions>;
