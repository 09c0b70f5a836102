// The REST API as its own document describes it: what tests walk that hold for every route and parameter.
import type { ApiScene } from "./api-scene.ts";

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  description?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: "query" | "path" | "header";
  required?: boolean;
  schema: Schema;
}

export interface DescribedRoute {
  /** "GET /api/v1/jobs/{job}" */
  at: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** Of a JSON body. */
  body: Schema | null;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export async function readOpenApi(scene: Pick<ApiScene, "ask">): Promise<OpenApi> {
  return (await scene.ask("GET", "/openapi.json", { token: null })).body as OpenApi;
}

export function describedRoutes(document: OpenApi): DescribedRoute[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, { parameters = [], requestBody }]) => {
      const method = verb.toUpperCase();
      const body = requestBody?.content["application/json"]?.schema ?? null;
      return { at: `${method} ${path}`, method, path, parameters, body: body && followed(document, body) };
    }),
  );
}

/** The schema itself, wherever it stands. */
export function followed(document: OpenApi, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : followed(document, document.components.schemas[name] ?? {});
}
