// The nodes' last hour. Nothing that happens changes it at once, so it is asked again by the clock and not by events.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "../../api/call.ts";
import type { Loads } from "../../api/types.ts";

export type Curves = Omit<Loads["items"][number], "node">;
export type CurveName = keyof Curves;
export const curveNames: CurveName[] = ["cpu", "memory", "running"];

export const useLoads = (query: {
  node?: string;
  bucket: string;
  q?: string;
  limit?: number;
  cursor?: string | undefined;
}) =>
  useQuery({
    queryKey: ["load", query],
    queryFn: ({ signal }) => api.get<Loads>("/stats/nodes", { query, signal }),
    placeholderData: keepPreviousData,
    // A scheduler that was just started, or a node: the first values come within seconds.
    refetchInterval: ({ state }) =>
      state.data?.items.every(({ cpu }) => cpu.some((value) => value !== null)) ? 15_000 : 3000,
  });
