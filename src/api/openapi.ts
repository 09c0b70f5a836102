// The OpenAPI document, made of the routes' own schemas on the first request for it and kept as text.
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { jobDocumentSchema } from "../model/job-schema.ts";
import { named } from "./contract/pieces.ts";
import { sessionCookie } from "./sign-ins.ts";

/** Must be registered before the routes that it is to describe. */
export async function describeRoutes(app: FastifyInstance, about: { version: string; publicUrl: string | null }) {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "DistCron",
        version: about.version,
        description:
          "Every tick accounted for. Errors are application/problem+json with a stable `code`. " +
          "`x-access` names the least role that a route asks for.",
      },
      ...(about.publicUrl ? { servers: [{ url: about.publicUrl }] } : {}),
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer" },
          session: {
            type: "apiKey",
            in: "cookie",
            name: sessionCookie,
            description: "of a person who signed in; changes need the header X-CSRF-Token too",
          },
        },
      },
    },
    transform: createJsonSchemaTransform({ schemaRegistry: named, zodToJsonConfig: withWhatItMeans }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry: named, zodToJsonConfig: withWhatItMeans }),
  });
}

/** The registry of names has nothing else: descriptions and formats are in zod's own. */
const withWhatItMeans = {
  override: ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    Object.assign(jsonSchema, z.globalRegistry.get(zodSchema));
  },
};

type Document = { components?: { schemas?: Record<string, unknown> } };

/** JSON text. `app` must be ready. */
export function openApiText(app: FastifyInstance): string {
  const document = app.swagger() as Document;
  const schemas: Record<string, unknown> = { ...document.components?.schemas };
  // Checked by the job service, so the route takes any object; readers want to know what it will accept.
  const { $schema: _, ...job } = z.toJSONSchema(jobDocumentSchema, { io: "input", unrepresentable: "any" });
  schemas.JobDocumentInput = { ...job, description: "A job document, as in a file." };
  return JSON.stringify({ ...document, components: { ...document.components, schemas: onlyUsed(document, schemas) } });
}

/** The transform writes every schema twice, as input and as output; what nothing refers to is left out. */
function onlyUsed(document: Document, schemas: Record<string, unknown>): Record<string, unknown> {
  const { components: _, ...rest } = document;
  const used: Record<string, unknown> = {};
  const visit = (value: unknown) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (!name || name in used || !(name in schemas)) continue;
      used[name] = schemas[name];
      visit(schemas[name]);
    }
  };
  visit(rest);
  return used;
}
