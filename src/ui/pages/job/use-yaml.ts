// What writes YAML, once it is loaded.
import { useQuery } from "@tanstack/react-query";

export function useYaml(): ((value: unknown) => string) | undefined {
  return useQuery({
    queryKey: ["yaml"],
    queryFn: () => import("../../lib/yaml.ts"),
    staleTime: Number.POSITIVE_INFINITY,
  }).data?.writeYaml;
}
