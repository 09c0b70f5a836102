// Text of programs and documents, to read and to copy.
import { useEffect, useState } from "react";
import { later } from "../lib/clock.ts";
import { useTranslation } from "../lib/translation.tsx";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { toastError } from "./toast.tsx";

export function CodeBlock({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => (isCopied ? later(1500, () => setCopied(false)) : undefined), [isCopied]);
  return (
    <div className="dc-code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too */}
      <section tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <IconButton
        className="dc-code-copy"
        variant="default"
        tip={isCopied ? t("copied") : t("copy")}
        aria-label={t("copy")}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true), toastError)}
      >
        <Icon name={isCopied ? "check" : "copy"} size={14} />
      </IconButton>
    </div>
  );
}
