// A part of a page that few visits need: loaded when it is first drawn, so that the page's first load needn't carry it.
import { type ComponentType, lazy, type ReactNode, Suspense } from "react";

/** `fallback` stands in until it is there; nothing by default. */
export function onDemand<P extends object>(load: () => Promise<ComponentType<P>>, fallback: ReactNode = null) {
  const Part = lazy(async () => ({ default: await load() })) as unknown as ComponentType<P>;
  // biome-ignore lint/correctness/noComponentHookFactories: called once for each part, when its module is loaded
  return function OnDemand(props: P) {
    return (
      <Suspense fallback={fallback}>
        <Part {...props} />
      </Suspense>
    );
  };
}
