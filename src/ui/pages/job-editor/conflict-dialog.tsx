// Somebody else saved meanwhile: what each of us made of the document, side by side, and what shall become of it.
import { useState } from "react";
import type { JobView } from "../../api/types.ts";
import { Button } from "../../components/button.tsx";
import { Radio } from "../../components/choices.tsx";
import { Dialog, DialogButtons } from "../../components/mantine/dialog.tsx";
import { Time } from "../../components/time.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { Value } from "./changes-dialog.tsx";
import { type Divergence, type Doc, divergences, merged, pathText } from "./document.ts";

interface Props {
  /** Of which both began. */
  base: Doc;
  mine: Doc;
  theirs: JobView;
  onTake(doc: Doc): void;
  onClose(): void;
}

export function ConflictDialog({ base, mine, theirs, onTake, onClose }: Props) {
  const { t } = useTranslation("job-editor");
  const all = divergences(base, mine, theirs.spec);
  const [mineAt, setMineAt] = useState<ReadonlySet<string>>(
    () => new Set(all.filter(({ by }) => by === "both").map(({ path }) => pathText(path))),
  );
  const choose = (path: string, isMine: boolean) => {
    const next = new Set(mineAt);
    if (isMine) next.add(path);
    else next.delete(path);
    setMineAt(next);
  };
  const clashes = all.filter(({ by }) => by === "both").length;
  return (
    <Dialog onClose={onClose} size="80rem" title={t("conflict.title", { version: theirs.version })}>
      <p className="dc-plain">
        {t("conflict.lead", { who: theirs.updatedBy })} <Time at={theirs.updatedAt} relative />{" "}
        {clashes > 0 ? t("conflict.clashes", { count: clashes }) : t("conflict.noClash")}
      </p>
      <table className="je-conflict">
        <caption className="dc-hidden">{t("conflict.table")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("conflict.place")}</th>
            <th scope="col">{t("conflict.base")}</th>
            <th scope="col">{t("conflict.mine")}</th>
            <th scope="col">{t("conflict.theirs")}</th>
          </tr>
        </thead>
        <tbody>
          {all.map((each) => (
            <Row
              key={pathText(each.path)}
              divergence={each}
              isMine={each.by === "mine" || (each.by === "both" && mineAt.has(pathText(each.path)))}
              onChoose={(isMine) => choose(pathText(each.path), isMine)}
            />
          ))}
        </tbody>
      </table>
      <DialogButtons>
        <Button variant="default" onClick={() => onTake(theirs.spec)}>
          {t("conflict.takeTheirs")}
        </Button>
        <Button variant="default" onClick={() => onTake(mine)}>
          {t("conflict.keepMine")}
        </Button>
        <Button
          onClick={() => onTake(merged(theirs.spec, all, ({ path }) => mineAt.has(pathText(path))))}
          data-autofocus
        >
          {t("conflict.merge")}
        </Button>
      </DialogButtons>
    </Dialog>
  );
}

interface RowProps {
  divergence: Divergence;
  /** Which of them a merge takes. */
  isMine: boolean;
  onChoose(isMine: boolean): void;
}

function Row({ divergence: { path, base, mine, theirs, by }, isMine, onChoose }: RowProps) {
  const { t } = useTranslation("job-editor");
  const name = pathText(path);
  const side = (which: "mine" | "theirs", value: unknown) => {
    const isTaken = (which === "mine") === isMine;
    return (
      <td data-label={t(`conflict.${which}`)} data-taken={isTaken}>
        {by === "both" ? (
          <Radio
            name={name}
            checked={isTaken}
            onChange={() => onChoose(which === "mine")}
            aria-label={t(`conflict.choose.${which}`, { path: name })}
            label={<Value of={value} />}
          />
        ) : (
          <>
            <Value of={value} />
            {by === which && <span className="je-by">{t(`conflict.only.${which}`)}</span>}
          </>
        )}
      </td>
    );
  };
  return (
    <tr data-by={by}>
      <th scope="row">
        <code className="dc-mono">{name}</code>
      </th>
      <td data-label={t("conflict.base")}>
        <Value of={base} />
      </td>
      {side("mine", mine)}
      {side("theirs", theirs)}
    </tr>
  );
}
