// Text of programs and documents, to read and to copy.
import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "./icon.tsx";

export function CodeBlock({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  return (
    <div className="dc-code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too */}
      <section tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t("copied") : t("copy")}>
            <ActionIcon className="dc-code-copy" variant="default" onClick={copy} aria-label={t("copy")}>
              <Icon name={copied ? "check" : "copy"} size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
