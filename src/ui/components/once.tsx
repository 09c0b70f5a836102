// Holds what is loaded when it is first shown: absent until then, and from then on there, so that it can close in its own way.
import { type ReactNode, useRef } from "react";

export function Once({ when, children }: { when: boolean; children: ReactNode }) {
  const was = useRef(false);
  was.current ||= when;
  return was.current && children;
}
