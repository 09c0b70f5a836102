// Time and randomness are parameters: a source file that reads a clock, sets a timer or rolls dice by itself can't be
// simulated. Names are looked for in the syntax tree, so that words in comments and strings don't count.
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { filesBelow, read } from "../support/repository.ts";

/** The edge, file by file, and why it may. A name that isn't used there any more has to go from here. */
const allowed: Record<string, string[]> = {
  "src/clock.ts": ["Date.now", "performance.now", "node:timers/promises", "setTimeout"], // It is the clock.
  "src/ui/lib/clock.ts": ["Date.now", "setTimeout"], // The browser's.
};

const onObjects = new Set([
  "Date.now",
  "performance.now",
  "process.hrtime",
  "AbortSignal.timeout",
  "Math.random",
  "crypto.randomUUID",
]);
const globals = new Set(["setTimeout", "setInterval"]);
const modules = new Set(["node:timers", "node:timers/promises", "timers", "timers/promises", "node:perf_hooks"]);

/** What of time and chance a source uses by itself, each name once. */
function usesOf(file: string, source: string): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const owner = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
      const name = `${owner.getText()}.${node.name.text}`;
      if (onObjects.has(name)) found.add(name);
      if (owner.getText() === "globalThis" && globals.has(node.name.text)) found.add(node.name.text);
    } else if (ts.isIdentifier(node) && globals.has(node.text)) {
      // A method of that name on something else (socket.setTimeout) is no timer of ours.
      const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
      if (!isMember) found.add(node.text);
    } else if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length)
      found.add("new Date()");
    else if (ts.isCallExpression(node) && node.expression.getText() === "Date") found.add("Date()");
    else if (ts.isStringLiteral(node) && modules.has(node.text)) found.add(node.text);
    else if (ts.isImportSpecifier(node) && (node.propertyName ?? node.name).text === "randomUUID")
      found.add("crypto.randomUUID");
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
  return [...found].sort();
}

describe("time and randomness", () => {
  test("are taken by no file of src except the edge", () => {
    const found = [...filesBelow("src", ".ts"), ...filesBelow("src", ".tsx")].flatMap((file) =>
      usesOf(file, read(file))
        .filter((name) => !allowed[file]?.includes(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  test("are in the list of exceptions only where they are used", () => {
    const idle = Object.entries(allowed).flatMap(([file, names]) => {
      const used = usesOf(file, read(file));
      return names.filter((name) => !used.includes(name)).map((name) => `${file}: ${name}`);
    });
    expect(idle).toEqual([]);
  });

  test.each([
    ["Date.now()", "Date.now"],
    ["globalThis.Date.now()", "Date.now"],
    ["new Date()", "new Date()"],
    ["new Date", "new Date()"],
    ["Date()", "Date()"],
    ["const t = performance.now;", "performance.now"],
    ["process.hrtime.bigint()", "process.hrtime"],
    ["setTimeout(() => {}, 1)", "setTimeout"],
    ["globalThis.setInterval(() => {}, 1)", "setInterval"],
    ['import { setTimeout as sleep } from "node:timers/promises";', "node:timers/promises"],
    ["AbortSignal.timeout(5)", "AbortSignal.timeout"],
    ["Math.random()", "Math.random"],
    ["crypto.randomUUID()", "crypto.randomUUID"],
    ['import { randomUUID as id } from "node:crypto";', "crypto.randomUUID"],
  ])("are found in %s", (source, name) => expect(usesOf("a.ts", source)).toContain(name));

  test.each(["new Date(0)", "Date.UTC(2026, 1)", "socket.setTimeout(5)", "// Date.now()", '"Math.random()"'])(
    "are not found in %s",
    (source) => expect(usesOf("a.ts", source)).toEqual([]),
  );
});
