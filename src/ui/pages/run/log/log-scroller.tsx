// Draws the lines that are in sight, of however many. The bar's height stands for the number of lines, no higher than
// browsers can (Firefox ends at 17.8 million pixels); the place of the bar says which line is at which height, and that
// line is put there. So lines may be of any height, and none but those in sight is ever measured.
import {
  type CSSProperties,
  type ReactNode,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

export const rowHeight = 20;
const highest = 16_000_000;
const overscan = 6;

export interface ScrollerHandle {
  /** Puts a line into the middle, if it isn't in sight. */
  show(line: number): void;
  page(by: 1 | -1): void;
}

interface Props {
  label: string;
  count: number;
  wrap: boolean;
  /** Keeps to the end while lines come; ends when the user scrolls up, begins when they come to the end. */
  follow: boolean;
  onFollow(follow: boolean): void;
  handle: RefObject<ScrollerHandle | null>;
  line(index: number): ReactNode;
}

export function LogScroller({ label, count, wrap, follow, onFollow, handle, line }: Props) {
  const box = useRef<HTMLElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [measured, setMeasured] = useState(0);
  const lastTop = useRef(0);

  const total = Math.max(Math.min(count * rowHeight, highest), measured);
  const room = Math.max(0, total - height);
  const share = room > 0 ? Math.min(1, top / room) : 0;
  const anchorAt = share * count;
  const anchor = Math.min(Math.floor(anchorAt), Math.max(0, count - 1));
  const from = Math.max(0, anchor - Math.ceil((share * height) / rowHeight) - overscan);
  const to = Math.min(count, anchor + Math.ceil(((1 - share) * height) / rowHeight) + overscan + 1);

  useEffect(() => {
    const element = box.current as HTMLElement;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const holder = rows.current as HTMLDivElement;
    const row = holder.children[anchor - from] as HTMLElement | undefined;
    const past = row ? row.offsetTop + (anchorAt - anchor) * row.offsetHeight : 0;
    holder.style.transform = `translateY(${Math.round(share * height - past)}px)`;
    // Few lines that are folded may be higher than their number says.
    setMeasured(from === 0 && to === count ? holder.offsetHeight : 0);
    const element = box.current as HTMLElement;
    if (follow) {
      element.scrollTop = element.scrollHeight;
      lastTop.current = element.scrollTop;
    }
  });

  const scrollTo = (px: number) => {
    const element = box.current as HTMLElement;
    element.scrollTop = px;
    lastTop.current = element.scrollTop;
  };
  useImperativeHandle(handle, () => ({
    show(index) {
      const inSight = share * height + (index - anchorAt) * rowHeight;
      if (!wrap && inSight >= 0 && inSight <= height - rowHeight) return;
      // Where the line is as high up as the bar is along.
      scrollTo((room * (index + 0.5)) / Math.max(1, count));
    },
    page: (by) => scrollTo(top + by * (height - 2 * rowHeight)),
  }));

  const onScroll = () => {
    const element = box.current as HTMLElement;
    const now = element.scrollTop;
    const isAtEnd = now >= element.scrollHeight - element.clientHeight - 2;
    // Only who has scrolled changes it: lines that come move the end, and what was put there by us is known.
    if (follow && now < lastTop.current - 1 && !isAtEnd) onFollow(false);
    if (!follow && now > lastTop.current + 1 && isAtEnd) onFollow(true);
    lastTop.current = now;
    setTop(now);
  };

  return (
    <section
      ref={box}
      className="dc-log-box"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
      tabIndex={0}
      onScroll={onScroll}
      data-wrap={wrap}
      style={{ "--dc-digits": String(count).length } as CSSProperties}
    >
      <div className="dc-log-space" style={{ height: total }}>
        <div className="dc-log-window" style={{ height }}>
          <div ref={rows} className="dc-log-rows">
            {Array.from({ length: to - from }, (_, i) => line(from + i))}
          </div>
        </div>
      </div>
    </section>
  );
}
