// What became of a job's definition: its versions, what differs between two of them, the way back to one; and for operators
// what the audit says of the job.
import { useCan } from "../../api/session.ts";
import type { JobView } from "../../api/types.ts";
import { AuditLines } from "./audit-lines.tsx";
import { Versions } from "./versions.tsx";

export function ChangesTab({ job }: { job: JobView }) {
  const mayOperate = useCan("operator");
  return (
    <div className="dc-job-overview">
      <Versions job={job} />
      {mayOperate && <AuditLines job={job} />}
    </div>
  );
}
