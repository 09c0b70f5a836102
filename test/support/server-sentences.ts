// The sentences that the server makes for people, read out of its sources: what stands behind `message`, `why` and their
// like, in warnings and in errors that are expected. A sentence of several forms (`a ? b : c`, a table of hints) is told in
// each; data in it is a hole.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./repository.ts";

export const hole = "\u0000";

export interface Sentence {
  /** src/assign/cancel.ts:25 */
  at: string;
  text: string;
}

const folders = ["api", "assign", "define", "execute", "model", "report", "roles", "schedule", "store", "coordinator"];
/** What no person in front of the web app is told: what nodes, schedulers and the command line say to each other. */
const apart =
  /^src\/(api\/(client|zh|client\.ts|cluster-auth|docs-page|listen-address|openapi|door|internal-contract|routes\/internal|first-run|node-server|metrics-readers)|store\/sql\/(copy|store-url|bind|foreign-tables|migrations|registration|server-store|crash|dump)|define\/(crontab|import-crontab|job-files)|schedule\/notes|api\/routes\/events|assign\/session-(desk|keeper)|roles\/membership|coordinator\/(etcd\/(leadership|lease|session|open-session)|in-process))/;

/** Errors that are expected, with the place of their sentence among the arguments. */
const errors: Record<string, number> = {
  HttpProblem: 2,
  OperationError: 1,
  ConflictError: 1,
  NotFoundError: 0,
  ScheduleError: 0,
  InvalidCursorError: 0,
  StaleTermError: 0,
  StoreUnavailableError: 0,
  CoordinatorUnavailableError: 0,
};
/** Of objects that are handed on. */
const properties = new Set(["message", "why", "expected", "detail"]);
/** A function's parameter of such a name takes a sentence: what it is called with is one. */
const parameters = new Set(["message", "why", "what", "detail", "remark", "expected", "words"]);

/** By name; those of the same file come first. */
type Functions = Map<string, ts.FunctionLikeDeclaration>;

export function sentencesOfServer(): Sentence[] {
  const files = folders.flatMap((folder) => sourcesIn(`src/${folder}`)).filter((file) => !apart.test(file));
  const sources = files.map((file) =>
    ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true),
  );
  const everywhere: Functions = new Map();
  for (const source of sources) visit(source, (node) => addFunction(node, everywhere));
  const found = new Map<string, Sentence>();
  for (const source of sources) {
    const functions: Functions = new Map(everywhere);
    visit(source, (node) => addFunction(node, functions));
    visit(source, (node) => {
      for (const expression of seedsOf(node, functions)) {
        const line = source.getLineAndCharacterOfPosition(expression.getStart()).line + 1;
        for (const text of formsOf(expression, functions))
          if (isSaid(text)) found.set(text, { at: `${source.fileName}:${line}`, text });
      }
    });
  }
  return [...found.values()];
}

/** Not a hole alone, and no form that comes of two conditions that exclude each other. */
const isSaid = (text: string) => /[a-z]{2,} /i.test(text) && !text.includes("()");

const sourcesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file}`);

function visit(node: ts.Node, look: (node: ts.Node) => void) {
  look(node);
  node.forEachChild((child) => visit(child, look));
}

function addFunction(node: ts.Node, functions: Functions) {
  if (ts.isFunctionDeclaration(node) && node.name) functions.set(node.name.text, node);
  if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
    if (ts.isArrowFunction(node.initializer)) functions.set(node.name.text, node.initializer);
}

/** The expressions at this place that are sentences. */
function seedsOf(node: ts.Node, functions: Functions): ts.Expression[] {
  if (ts.isPropertyAssignment(node) && properties.has(nameOf(node.name))) return [node.initializer];
  if (ts.isPropertyAssignment(node) && nameOf(node.name) === "reason" && isText(node.initializer))
    return [node.initializer];
  if (ts.isShorthandPropertyAssignment(node) && properties.has(node.name.text)) return [node.name];
  if (
    ts.isPropertyAssignment(node) &&
    nameOf(node.name) === "warnings" &&
    ts.isArrayLiteralExpression(node.initializer)
  )
    return node.initializer.elements.filter((each) => !ts.isSpreadElement(each));
  if (ts.isNewExpression(node)) {
    const place = errors[node.expression.getText()];
    const argument = place === undefined ? undefined : node.arguments?.[place];
    return argument ? [argument] : [];
  }
  if (!ts.isCallExpression(node)) return [];
  if (node.expression.kind === ts.SyntaxKind.SuperKeyword) return node.arguments.slice(0, 1).filter(isText);
  if (/(^|\.)warnings\.push$/.test(node.expression.getText())) return [...node.arguments];
  const called = functions.get(node.expression.getText());
  return [...node.arguments].filter((_, i) => {
    const parameter = called?.parameters[i]?.name;
    return parameter && ts.isIdentifier(parameter) && parameters.has(parameter.text);
  });
}

const nameOf = (name: ts.PropertyName) => (ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : "");
const isText = (node: ts.Expression): boolean =>
  ts.isStringLiteral(node) ||
  ts.isTemplateExpression(node) ||
  ts.isNoSubstitutionTemplateLiteral(node) ||
  (ts.isConditionalExpression(node) && (isText(node.whenTrue) || isText(node.whenFalse)));

/** What an expression can come to, its data as holes. */
function formsOf(node: ts.Expression, functions: Functions, depth = 0): string[] {
  const inner = (each: ts.Expression) => (depth > 12 ? [hole] : formsOf(each, functions, depth + 1));
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return node.templateSpans.reduce(
      (before, { expression, literal }) => {
        const values = inner(expression);
        return before.flatMap((text) => values.map((value) => text + value + literal.text));
      },
      [node.head.text],
    );
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return inner(node.expression);
  if (ts.isConditionalExpression(node)) return [...inner(node.whenTrue), ...inner(node.whenFalse)];
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [inner(node.left), inner(node.right)];
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.PlusToken) return left.flatMap((before) => right.map((after) => before + after));
    if (kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken) return [...left, ...right];
    return [hole];
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const called = functions.get(node.expression.text);
    return called ? answersOf(called).flatMap(inner) : [hole];
  }
  if (ts.isElementAccessExpression(node)) {
    const table = constantOf(node.expression);
    if (table && ts.isObjectLiteralExpression(table))
      return table.properties.flatMap((each) => (ts.isPropertyAssignment(each) ? inner(each.initializer) : []));
  }
  if (ts.isIdentifier(node)) {
    const value = constantOf(node);
    if (value) return inner(value);
  }
  return [hole];
}

/** What a function answers. */
function answersOf(called: ts.FunctionLikeDeclaration): ts.Expression[] {
  const { body } = called;
  if (!body) return [];
  if (!ts.isBlock(body)) return [body];
  const found: ts.Expression[] = [];
  const look = (node: ts.Node) => {
    if (ts.isReturnStatement(node) && node.expression) found.push(node.expression);
    if (!ts.isFunctionLike(node)) node.forEachChild(look);
  };
  body.forEachChild(look);
  return found;
}

/** The value of the nearest constant of that name; undefined: it is a parameter, or made otherwise. */
function constantOf(node: ts.Expression): ts.Expression | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  for (let scope: ts.Node = node.parent; scope; scope = scope.parent) {
    if (ts.isFunctionLike(scope) && scope.parameters.some(({ name }) => name.getText() === node.text)) return undefined;
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Const)) continue;
      for (const { name, initializer } of statement.declarationList.declarations)
        if (ts.isIdentifier(name) && name.text === node.text) return initializer;
    }
  }
  return undefined;
}
