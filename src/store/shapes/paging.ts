// Lists in pages.

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
export interface PageQuery {
  /** At most 500. */
  limit: number;
  cursor?: string;
}
