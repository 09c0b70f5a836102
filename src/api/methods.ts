// Which methods an address takes, for 405 answers: the router itself only knows that this one didn't match.
import type { FastifyInstance } from "fastify";

/** Listens to routes being declared; call it before the first. Answers a function from a URL to its methods. */
export function methodsOf(app: FastifyInstance): (url: string) => string[] {
  const patterns = new Map<string, { shape: RegExp; methods: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    const shape = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:[^/]+/g, "[^/]+")}$`);
    const known = patterns.get(url) ?? { shape, methods: new Set<string>() };
    for (const each of [method].flat()) known.methods.add(each);
    patterns.set(url, known);
  });
  return (url) => {
    const path = url.split("?")[0] ?? "";
    const found = [...patterns.values()].filter(({ shape }) => shape.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  };
}
