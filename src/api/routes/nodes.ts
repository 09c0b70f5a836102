// /nodes: who executes, and taking one out of service.
import { z } from "zod";
import { NodeDetailView, NodePage, NodesQuery } from "../contract/nodes.ts";
import { EmptyBody } from "../contract/pieces.ts";
import type { RouteDeps } from "../deps.ts";
import { notFound } from "../errors.ts";
import { presentNode, presentNodeDetail } from "../present.ts";
import { type Declare, param } from "../route.ts";

const group = "nodes";
const one = z.object({ node: param });

export function nodeRoutes(route: Declare, { store, operations, clock }: RouteDeps): void {
  async function find(idOrName: string) {
    const node = await store.getNode(idOrName);
    if (!node) throw notFound(`there is no node ${JSON.stringify(idOrName)}`);
    return node;
  }
  const setDraining = async (name: string, draining: boolean, actor: string) => {
    const { id } = await find(name);
    await operations.setDraining(id, draining, actor);
    return detail(id);
  };
  async function detail(name: string) {
    const node = await find(name);
    const lines = node.draining
      ? await store.listAudit({ targetId: node.id, action: "node.drain", limit: 1 })
      : { items: [] };
    return presentNodeDetail(node, lines.items[0] ?? null);
  }

  route({
    at: "GET /nodes",
    access: "viewer",
    about: "Nodes with what they say of themselves",
    group,
    query: NodesQuery,
    answer: [200, NodePage],
    async handler({ query }) {
      const page = await store.listNodes({ ...query, now: clock.now() });
      return { items: page.items.map(presentNode), nextCursor: page.nextCursor };
    },
  });

  route({
    at: "GET /nodes/:node",
    access: "viewer",
    about: "A node, by name or id",
    group,
    params: one,
    answer: [200, NodeDetailView],
    handler: ({ params }) => detail(params.node),
  });

  route({
    at: "POST /nodes/:node/drain",
    access: "operator",
    about: "Give it nothing new; what runs goes on",
    forLeader: true,
    group,
    params: one,
    body: EmptyBody,
    answer: [200, NodeDetailView],
    handler: ({ params, who }) => setDraining(params.node, true, who.actor),
  });

  route({
    at: "POST /nodes/:node/resume",
    access: "operator",
    about: "Give it work again",
    forLeader: true,
    group,
    params: one,
    body: EmptyBody,
    answer: [200, NodeDetailView],
    handler: ({ params, who }) => setDraining(params.node, false, who.actor),
  });

  route({
    at: "DELETE /nodes/:node",
    access: "admin",
    about: "Forget a node that is gone",
    forLeader: true,
    group,
    params: one,
    answer: [204, null],
    async handler({ params, who }) {
      await operations.deleteNode((await find(params.node)).id, who.actor);
    },
  });
}
