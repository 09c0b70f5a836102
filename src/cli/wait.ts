// Waiting for a run and following its output, from the terminal.
import { type Context, path } from "./context.ts";
import { CliError, exitCodes } from "./exit.ts";
import { humanMs } from "./output.ts";

interface RunState {
  id: string;
  state: string;
  reason: { message: string } | null;
}
const open = new Set(["planned", "assigned", "running"]);

/** Resolves when the run succeeded; else throws with exit 1, or 7 when `timeoutMs` pass first. */
export async function waitForRun({ api, out, clock }: Context, id: string, timeoutMs?: number): Promise<void> {
  const until = clock.monotonic() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  for (let pause = 50; ; pause = Math.min(1000, pause * 1.5)) {
    const run = await api.get<RunState>(path("runs", id));
    if (!open.has(run.state)) {
      if (out.format !== "table") out.data(run);
      if (run.state === "succeeded") return;
      throw new CliError(exitCodes.failed, `run ${run.id} ${run.state}${run.reason ? `: ${run.reason.message}` : ""}`);
    }
    if (clock.monotonic() > until)
      throw new CliError(exitCodes.timedOut, `run ${run.id} is still ${run.state} after ${humanMs(timeoutMs)}`);
    await clock.sleep(pause);
  }
}

/** Writes a run's output as it comes, stderr to stderr and stdout to `stdout`, until the run is over. */
export async function followRun(
  { api, out }: Context,
  id: string,
  { tail, stdout = process.stdout }: { tail?: string | undefined; stdout?: NodeJS.WritableStream },
): Promise<void> {
  for await (const event of api.events(path("runs", id, "output"), { query: tail ? { tail } : {} })) {
    if (event.event === "end") return;
    if (event.event !== "output" && event.event !== "message") continue;
    const piece = JSON.parse(event.data) as { stream: string; text?: string; gapBytes?: number };
    if (piece.gapBytes) out.note(`… ${piece.gapBytes} bytes left out …`);
    (piece.stream === "stderr" ? process.stderr : stdout).write(piece.text ?? "");
  }
}
