// A part of a page that few visits need, or a page itself: loaded when it is first drawn, or before, when that is likely. What is
// there is drawn at once. (React's own lazy() hides what comes for 300 ms behind its fallback.)
import { type ComponentType, type ReactNode, startTransition, useEffect, useState } from "react";

export type OnDemand<P extends object> = ComponentType<P> & {
  /** Begins to load it; may be called at any time, and again. */
  load(): Promise<unknown>;
};

/** `fallback` stands in until it is there; nothing by default. What fails to load is thrown where it should be drawn. */
export function onDemand<P extends object>(
  load: () => Promise<ComponentType<P>>,
  fallback: ReactNode = null,
): OnDemand<P> {
  let Part: ComponentType<P> | null = null;
  let coming: Promise<unknown> | null = null;
  const come = () => {
    coming ??= load().then(
      (part) => {
        Part = part;
      },
      (error: unknown) => {
        // The next one that draws it tries again.
        coming = null;
        throw error;
      },
    );
    return coming;
  };
  // biome-ignore lint/correctness/noComponentHookFactories: called once for each part, when its module is loaded
  function Drawn(props: P) {
    const [state, setState] = useState<{ error: unknown } | "here" | "coming">("coming");
    const isHere = Part !== null;
    useEffect(() => {
      if (isHere) return;
      let isGone = false;
      come().then(
        // Bit by bit, where it is much.
        () => isGone || startTransition(() => setState("here")),
        (error: unknown) => isGone || setState({ error }),
      );
      return () => {
        isGone = true;
      };
    }, [isHere]);
    if (typeof state === "object") throw state.error;
    if (Part) return <Part {...props} />;
    return fallback;
  }
  return Object.assign(Drawn, { load: come });
}
