// Answers of the API as the app keeps them: a key's first word is its topic, by which live events make it stale.
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./call.ts";

/** `trends`: pictures of many runs, which a single one hardly changes; `plan`: what is to come, which runs don't change. */
export type Topic = "jobs" | "runs" | "nodes" | "schedulers" | "stats" | "trends" | "plan" | "access";

/** Worth asking again: nothing came, or the server is on its way up or down. */
const isPassing = (err: unknown) => err instanceof ApiError && [0, 502, 503, 504].includes(err.status);

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (err, query) => query.queryKey[0] !== "me" && askAgainWhoIAm(err) }),
  mutationCache: new MutationCache({ onError: askAgainWhoIAm }),
  defaultOptions: {
    queries: {
      staleTime: 2000,
      gcTime: 5 * 60_000,
      retry: (failures, err) => isPassing(err) && failures < 2,
      retryDelay: (attempt) => 500 * 2 ** attempt,
    },
    mutations: { retry: false },
  },
});

/** The session is over: the shell shows the way in. */
function askAgainWhoIAm(err: unknown) {
  if (err instanceof ApiError && err.status === 401) void queryClient.invalidateQueries({ queryKey: ["me"] });
}
