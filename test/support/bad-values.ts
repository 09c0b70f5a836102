// For a schema of the OpenAPI document values that it doesn't allow, and of a body's fields each, however deep.
import { followed, type OpenApi, type Schema } from "./openapi.ts";

const kinds: Record<string, unknown> = {
  number: 5.5,
  string: "no such thing",
  boolean: true,
  array: ["x"],
  object: { x: 1 },
  null: null,
};

/** Values of a wrong type, out of bounds or of a wrong form; none for a schema that allows anything. */
export function badValues(document: OpenApi, given: Schema): unknown[] {
  const forms = formsOf(document, given);
  const allowed = new Set(forms.flatMap(({ type, enum: words }) => [type ?? (words ? "string" : "any")].flat()));
  if (allowed.has("any")) return [];
  if (allowed.has("integer")) allowed.add("number");
  const wrongType = Object.entries(kinds).find(([kind]) => !allowed.has(kind))?.[1];
  // Of several forms nobody can say which one a value out of bounds was meant as.
  const meant = forms.filter(({ type }) => type !== "null");
  return [wrongType, ...(meant.length === 1 ? outOfBounds(meant[0] as Schema) : [])];
}

function outOfBounds(schema: Schema): unknown[] {
  const { enum: words, pattern, format, minLength, maxLength, minimum, maximum, minItems, maxItems } = schema;
  return [
    ...(words ? ["no such thing"] : []),
    ...(pattern ? ["\u0000 no such thing"] : []),
    ...(format === "date-time" ? ["tomorrow", "2026-13-01T00:00:00Z"] : []),
    ...(minLength ? [""] : []),
    ...(maxLength === undefined ? [] : ["x".repeat(maxLength + 1)]),
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? [] : [maximum + 1]),
    ...(minItems ? [[]] : []),
    ...(maxItems === undefined || maxItems > 1000 ? [] : [Array(maxItems + 1).fill("x")]),
  ];
}

function formsOf(document: OpenApi, given: Schema): Schema[] {
  const schema = followed(document, given);
  const inner = schema.anyOf ?? schema.oneOf?.filter((each) => each.type !== undefined);
  return inner?.length ? inner.flatMap((each) => formsOf(document, each)) : [schema];
}

export interface BodyField {
  /** As errors name it: filter.state */
  path: string;
  schema: Schema;
  /** A body with that field alone. */
  bodyWith(value: unknown): unknown;
}

export function fieldsOf(document: OpenApi, body: Schema): BodyField[] {
  return formsOf(document, body).flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, schema]) => [
      { path: name, schema, bodyWith: (value: unknown) => ({ [name]: value }) },
      ...fieldsOf(document, schema).map((inner) => ({
        path: `${name}.${inner.path}`,
        schema: inner.schema,
        bodyWith: (value: unknown) => ({ [name]: inner.bodyWith(value) }),
      })),
    ]),
  );
}
