// Whether a run can change no more.
import type { RunState } from "../../api/types.ts";

const open: RunState[] = ["planned", "assigned", "running"];
export const isOver = ({ state }: { state: RunState }): boolean => !open.includes(state);
