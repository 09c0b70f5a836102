// Job documents as YAML. The library is large: whoever needs this file loads it when it is needed.
import { stringify } from "yaml";

export const writeYaml = (value: unknown): string => stringify(value, { lineWidth: 0 });
