// Nodes, and their load over time.
import { z } from "zod";
import { called, instant, maybeInstant, page, paging, ref } from "./pieces.ts";

export const NodeView = called(
  "Node",
  z.object({
    id: z.string(),
    name: z.string(),
    state: z.enum(["live", "draining", "down"]),
    draining: z.boolean(),
    labels: z.record(z.string(), z.string()),
    executors: z.array(z.string()),
    slots: z.number().nullable(),
    running: z.number(),
    assigned: z.number(),
    queued: z.number(),
    cpu: z.number().nullable().meta({ description: "0–1" }),
    memory: z.number().nullable().meta({ description: "0–1" }),
    load1: z.number().nullable(),
    cores: z.number().nullable(),
    memoryBytes: z.number().nullable(),
    disks: z.array(z.object({ mount: z.string(), used: z.number(), bytes: z.number() })),
    clockOffsetMs: z.number().nullable(),
    version: z.string().nullable(),
    host: z.string().nullable(),
    startedAt: maybeInstant,
    lastBeatAt: maybeInstant,
    createdAt: instant,
  }),
);
export type NodeView = z.output<typeof NodeView>;
export const NodePage = page(NodeView);
export const NodesQuery = z.strictObject({
  ...paging,
  q: z.string().max(200).optional().meta({ description: "part of the name, or the id" }),
});
export const NodeDetailView = called(
  "NodeDetail",
  z.object({
    ...NodeView.shape,
    drain: z
      .object({
        since: instant,
        by: z.string(),
        running: z.number().meta({ description: "runs that went on there when it began" }),
        moved: z.number().meta({ description: "runs that waited there and were taken back for other nodes" }),
      })
      .nullable()
      .meta({ description: "of a draining node: how that began, as the audit has it" }),
  }),
);
export type NodeDetailView = z.output<typeof NodeDetailView>;
export const LoadQuery = z.strictObject({
  ...NodesQuery.shape,
  node: z.string().min(1).optional().meta({ description: "name or id; absent: all, in the order of GET /nodes" }),
  bucket: z.string().default("1m").meta({ description: "a duration from 10s to 10m" }),
});
const curve = z.array(z.number().nullable()).meta({ description: "one value a bucket; null: nothing was heard" });
export const LoadAnswer = z.object({
  from: instant,
  to: instant,
  bucketMs: z.number(),
  since: maybeInstant.meta({ description: "since when this scheduler looks: before that there is nothing" }),
  items: z.array(
    z.object({
      node: ref,
      cpu: curve.meta({ description: "0–1, the mean of a bucket" }),
      memory: curve.meta({ description: "0–1, the mean of a bucket" }),
      running: curve.meta({ description: "the most at one time" }),
    }),
  ),
  nextCursor: z.string().nullable(),
});
