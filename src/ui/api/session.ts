// Who uses this browser and what they may do.
import { useQuery } from "@tanstack/react-query";
import { learnServerTime } from "../lib/clock.ts";
import { api, setCsrfToken } from "./call.ts";
import { queryClient } from "./query-client.ts";
import type { MeAnswer, Role, SetupBody } from "./types.ts";

const order = ["viewer", "operator", "editor", "admin"] as const satisfies readonly Role[];

/** Whether a role may do what another may. */
export const roleReaches = (role: Role, wanted: Role): boolean => order.indexOf(role) >= order.indexOf(wanted);

async function askMe(signal?: AbortSignal): Promise<MeAnswer> {
  const me = await api.get<MeAnswer>("/auth/me", signal ? { signal } : {});
  setCsrfToken(me.csrfToken);
  learnServerTime(me.now);
  return me;
}

export const whoIAm = {
  queryKey: ["me"],
  queryFn: ({ signal }: { signal: AbortSignal }) => askMe(signal),
  staleTime: 60_000,
};

export const useMe = () => useQuery({ ...whoIAm, refetchInterval: 5 * 60_000 });

export function useUser(): NonNullable<MeAnswer["user"]> | null {
  return useMe().data?.user ?? null;
}

/** Whether the user may do what asks for that role; what they may not is hidden or disabled, and the server refuses it anyway. */
export function useCan(role: Role): boolean {
  const user = useUser();
  return user !== null && user.scopes.length === 0 && roleReaches(user.role, role);
}

export async function login(name: string, password: string): Promise<void> {
  await api.post("/auth/login", { name, password });
  await startAnew();
}

export async function setUp(body: SetupBody) {
  await api.post("/auth/setup", body);
  await startAnew();
}

export async function logout(): Promise<void> {
  await api.post("/auth/logout");
  await startAnew();
  // What one person was shown isn't kept for the next.
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
}

/** Who I am is another by now: asked before anything else goes on. */
export async function startAnew(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ["me"] });
  await queryClient.fetchQuery({ queryKey: ["me"], queryFn: ({ signal }) => askMe(signal), staleTime: 0 });
}
