// Who may do what, in words.
export const roles = ["viewer", "operator", "editor", "admin"] as const;
/** Each may do what the ones before it may. */
export type Role = (typeof roles)[number];
export const scopes = ["metrics"] as const;
