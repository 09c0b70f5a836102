// The document as text. What is typed is the document as soon as it can be read; comments live only as long as this view.
import { useMemo, useRef, useState } from "react";
import { TextArea } from "../../components/inputs.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { readYaml, writeYaml } from "../../lib/yaml.ts";
import { isObject, tidy } from "./document.ts";
import { useEditor } from "./editor-state.ts";

export function YamlView() {
  const { t } = useTranslation("job-editor");
  const { doc, write, broken, problems } = useEditor();
  const [text, setText] = useState(() => writeYaml(tidy(doc)));
  const area = useRef<HTMLTextAreaElement>(null);
  const { lineOf } = useMemo(() => readYaml(text), [text]);
  const change = (next: string) => {
    setText(next);
    const { value, problem } = readYaml(next);
    if (problem) write(null, problem);
    else if (isObject(value)) write(value, null);
    else write(null, { line: 1, message: t("yaml.notOne") });
  };
  const goTo = (line: number) => {
    const start =
      text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    const end = text.indexOf("\n", start);
    area.current?.focus();
    area.current?.setSelectionRange(start, end < 0 ? text.length : end);
  };
  const said = broken
    ? [{ path: "", ...broken }]
    : problems.map((problem) => ({ ...problem, line: lineOf(problem.path) })).sort((a, b) => a.line - b.line);
  return (
    <div className="je-yaml">
      <TextArea
        ref={area}
        label={t("yaml.label")}
        description={t("yaml.hint")}
        value={text}
        minRows={16}
        maxRows={48}
        spellCheck={false}
        autoComplete="off"
        inputClass="dc-mono je-yaml-text"
        error={said.length > 0}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
      <div aria-live="polite">
        {said.length > 0 && (
          <ul className="je-yaml-problems" aria-label={t("problems")}>
            {said.map(({ path, message, line }) => (
              <li key={`${path} ${message}`}>
                <button type="button" className="dc-link" onClick={() => goTo(line)}>
                  {t("yaml.line", { line })}
                </button>
                <span className="je-error">
                  {path && <code className="dc-mono">{path}</code>} {message}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
