// What asks before something is done with a job; loaded with the first question.
import { onDemand } from "../../components/on-demand.tsx";

export const RunDialog = onDemand(async () => (await import("./run-dialog.tsx")).RunDialog);
export const DisableDialog = onDemand(async () => (await import("./disable-dialog.tsx")).DisableDialog);
