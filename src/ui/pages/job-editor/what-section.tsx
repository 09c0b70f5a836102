// What the job is called and what it does: a command or a request.
import { useRef } from "react";
import { SegmentedControl } from "../../components/choices.tsx";
import { useTranslation } from "../../lib/translation.tsx";
import { taskOf } from "./document.ts";
import { useEditor } from "./editor-state.ts";
import { ChoiceField, CommaField, FlagField, TextField } from "./fields.tsx";
import { PairsField, WordsField } from "./rows-fields.tsx";

export function WhatSection() {
  const { t } = useTranslation("job-editor");
  const { doc, kind, replace } = useEditor();
  // What was written for the other kind is there again when one comes back to it.
  const put = useRef<Record<"cmd" | "http", unknown>>({ cmd: "", http: "" });
  const become = (next: "cmd" | "http") => {
    if (next === kind) return;
    const { [kind]: left, ...rest } = doc;
    put.current[kind] = left ?? "";
    replace({ ...rest, [next]: put.current[next] });
  };
  return (
    <>
      <div className="je-grid">
        <TextField path="name" mono required placeholder="clean-logs" />
        <div className="je-field">
          <span className="je-label" id="je-kind">
            {t("kind.label")}
          </span>
          <SegmentedControl
            aria-labelledby="je-kind"
            value={kind}
            onChange={(value) => become(value as "cmd" | "http")}
            data={[
              { value: "cmd", label: t("kind.cmd") },
              { value: "http", label: t("kind.http") },
            ]}
          />
        </div>
      </div>
      {kind === "cmd" ? <CommandFields /> : <HttpFields />}
    </>
  );
}

function CommandFields() {
  const { t } = useTranslation("job-editor");
  const { doc, set } = useEditor();
  const { command } = taskOf(doc, "cmd");
  const isList = Array.isArray(command);
  const other = useRef<unknown>(undefined);
  const become = (toList: boolean) => {
    if (toList === isList) return;
    const written = other.current ?? (isList ? joined(command.map(String)) : split(String(command ?? "")));
    other.current = command;
    set("cmd", typeof doc.cmd === "object" && !Array.isArray(doc.cmd) ? { ...doc.cmd, command: written } : written);
  };
  return (
    <div className="je-grid">
      <div className="je-field" data-wide="true">
        <SegmentedControl
          aria-label={t("form.label")}
          size="xs"
          value={isList ? "list" : "text"}
          onChange={(value) => become(value === "list")}
          data={[
            { value: "text", label: t("form.text") },
            { value: "list", label: t("form.list") },
          ]}
        />
      </div>
      {isList ? (
        <WordsField path="cmd.command" words={command.map(String)} />
      ) : (
        <TextField path="cmd.command" mono wide rows={3} required placeholder="/opt/backup.sh --full" />
      )}
      <PairsField path="cmd.env" />
      <TextField path="cmd.cwd" mono />
      <TextField path="cmd.user" mono />
      {!isList && <TextField path="cmd.shell" mono />}
      <CommaField path="cmd.expectExit" />
      <TextField path="cmd.stdin" mono wide rows={1} />
    </div>
  );
}

/** Words of a command that a shell would take for nothing else; anything more is left in one piece. */
const split = (text: string): string[] => (/^[\w\s./:=,@%+-]*$/.test(text) ? text.trim().split(/\s+/) : [text]);
const joined = (words: string[]): string =>
  words.map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function HttpFields() {
  return (
    <div className="je-grid">
      <TextField path="http.url" mono wide required placeholder="https://api.example.com/health" />
      <ChoiceField path="http.method" values={methods} />
      <CommaField path="http.expectStatus" single />
      <PairsField path="http.headers" />
      <TextField path="http.body" mono wide rows={3} />
      <TextField path="http.expectBody" mono />
      <FlagField path="http.followRedirects" />
      <FlagField path="http.insecureTls" />
    </div>
  );
}
