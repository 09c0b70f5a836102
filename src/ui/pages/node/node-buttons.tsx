// Draining, resuming, removing: what the state of the node allows, as far as the user's role reaches.

import { useCan } from "../../api/session.ts";
import type { NodeView } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import type { NodeActions } from "./node-actions.ts";

interface Props {
  node: NodeView;
  actions: NodeActions;
  /** Among others, so that each says which node it means. */
  many?: boolean;
  /** After it was removed. */
  onGone?: () => void;
}

export function NodeButtons({ node, actions, many, onGone }: Props) {
  const { t } = useTranslation("nodes");
  const mayOperate = useCan("operator");
  const mayRemove = useCan("admin");
  const named = (action: "drain" | "resume" | "remove") =>
    many ? { "aria-label": t(`actionOf.${action}`, { name: node.name }) } : {};
  const look = many ? ({ size: "compact-xs", variant: "default" } as const) : ({ variant: "default" } as const);
  return (
    <>
      {mayOperate &&
        (node.draining ? (
          <Button
            {...look}
            {...named("resume")}
            disabled={actions.isBusy}
            leftSection={<Icon name="play" size={12} />}
            onClick={() => actions.resume(node)}
          >
            {t("action.resume")}
          </Button>
        ) : (
          <Button
            {...look}
            {...named("drain")}
            disabled={actions.isBusy}
            leftSection={<Icon name="pause" size={12} />}
            onClick={() => void actions.drain(node)}
          >
            {t("action.drain")}
          </Button>
        ))}
      {mayRemove && node.state === "down" && (
        <Button
          {...look}
          {...named("remove")}
          disabled={actions.isBusy}
          leftSection={<Icon name="trash" size={12} />}
          onClick={() => void actions.remove(node).then((gone) => gone && onGone?.())}
        >
          {t("action.remove")}
        </Button>
      )}
    </>
  );
}
