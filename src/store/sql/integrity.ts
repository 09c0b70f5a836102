// Rows that refer to rows which aren't there. No foreign keys guard these: they would cost a look-up for every insert,
// and retention deletes from the leaves up.
import { sql } from "kysely";
import type { Db } from "./context.ts";

const rules = [
  { what: "attempts without a run", from: "attempts", column: "run_id", to: "runs", key: "id" },
  { what: "pieces of output without a run", from: "output_chunks", column: "run_id", to: "runs", key: "id" },
  { what: "runs without a job", from: "runs", column: "job_id", to: "jobs", key: "id" },
  { what: "job versions without a job", from: "job_versions", column: "job_id", to: "jobs", key: "id" },
  { what: "tags without a job", from: "job_tags", column: "job_id", to: "jobs", key: "id" },
];

/** Problems in words; empty: none. */
export async function findOrphans(db: Db): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, from, column, to, key } of rules) {
    const found = await sql<{ id: string }>`
      select distinct a.${sql.ref(column)} as id from ${sql.table(from)} a
      where not exists (select 1 from ${sql.table(to)} b where b.${sql.ref(key)} = a.${sql.ref(column)})
      limit 5`.execute(db);
    if (found.rows.length > 0) problems.push(`${what}: ${found.rows.map((row) => row.id).join(", ")}`);
  }
  const broken = await db
    .selectFrom("jobs")
    .leftJoin("job_versions", (join) =>
      join.onRef("job_versions.job_id", "=", "jobs.id").onRef("job_versions.version", "=", "jobs.version"),
    )
    .select("jobs.id")
    .where("job_versions.job_id", "is", null)
    .limit(5)
    .execute();
  if (broken.length > 0) problems.push(`jobs without their version: ${broken.map((row) => row.id).join(", ")}`);
  const halfOver = await db
    .selectFrom("runs")
    .select("id")
    .where("finished_at", "is", null)
    .where("state", "not in", ["planned", "assigned", "running"])
    .limit(5)
    .execute();
  if (halfOver.length > 0)
    problems.push(`runs in a final state without an end: ${halfOver.map((row) => row.id).join(", ")}`);
  return problems;
}
