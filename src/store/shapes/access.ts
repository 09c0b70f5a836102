// People and programs that sign in.

export interface TokenRow {
  id: string;
  name: string;
  /** sha256 of the secret, hex. */
  hash: string;
  role: "viewer" | "operator" | "editor" | "admin";
  scopes: string[];
  createdAt: number;
  createdBy: string;
  /** Whose personal token it is, as they are now; null: nobody's. A user who is gone counts as disabled. */
  owner: { id: string; name: string; role: UserRow["role"]; disabled: boolean } | null;
  expiresAt: number | null;
  lastUsedAt: number | null;
  revokedAt: number | null;
}
export type NewToken = Omit<TokenRow, "owner"> & { ownerId?: string | null };

export interface UserRow {
  id: string;
  /** Unique whatever its case. */
  name: string;
  displayName: string | null;
  role: "viewer" | "operator" | "editor" | "admin";
  /** null: the browser's. */
  language: string | null;
  timezone: string | null;
  disabled: boolean;
  /** As made by the API: says by itself how it was made. */
  passwordHash: string;
  createdAt: number;
  createdBy: string;
  lastLoginAt: number | null;
}
export type UserChange = Partial<
  Pick<UserRow, "displayName" | "role" | "language" | "timezone" | "disabled" | "passwordHash">
>;

/** One sign-in of a person; not to be confused with a node's Session. */
export interface UserSessionRow {
  id: string;
  /** sha256 of the secret, hex. */
  hash: string;
  userId: string;
  createdAt: number;
  expiresAt: number;
  lastSeenAt: number;
  address: string | null;
  agent: string | null;
}
