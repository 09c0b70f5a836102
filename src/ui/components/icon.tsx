// Our own small set of icons: strokes on a grid of 24, in the colour of the text beside them. Decoration: the words say it.
const paths = {
  dashboard: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
  jobs: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4M8.5 15l2.2 2 4.3-4",
  runs: "M4 5h10M4 12h16M4 19h7M18 3.5v5M15.5 6h5",
  nodes: "M4 4h16v6H4zM4 14h16v6H4zM7.5 7h.01M7.5 17h.01",
  schedulers: "M12 3v4M12 17v4M3 12h4M17 12h4M12 12m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
  audit: "M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3",
  access:
    "M9 8m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M3 20c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5M16.5 5a3 3 0 0 1 0 6M18 14.8c2 .8 3 2.6 3 5.2",
  settings:
    "M12 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M12 3v2.5M12 18.5V21M3 12h2.5M18.5 12H21M5.6 5.6l1.8 1.8M16.6 16.6l1.8 1.8M18.4 5.6l-1.8 1.8M7.4 16.6l-1.8 1.8",
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  plus: "M12 5v14M5 12h14",
  search: "M11 11m-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M16 16l4.5 4.5",
  menu: "M4 6h16M4 12h16M4 18h16",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  sun: "M12 12m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  screen: "M3 4.5h18v12H3zM9 20.5h6M12 16.5v4",
  language:
    "M12 12m-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M3 12h18M12 3c2.8 2.6 4 5.6 4 9s-1.2 6.4-4 9c-2.8-2.6-4-5.6-4-9s1.2-6.4 4-9",
  keyboard: "M3 6.5h18v11H3zM7 10.5h.01M11 10.5h.01M15 10.5h.01M17.5 10.5h.01M8 14h8",
  user: "M12 8m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 20.5c.4-4 3.4-6 8-6s7.6 2 8 6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  edit: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13.5h9l1-13.5M10 11v6M14 11v6",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14.5 5l-7 7 7 7",
  next: "M9.5 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  up: "M5 15l7-7 7 7",
  check: "M5 12.5l4.5 4.5L19 7",
  cross: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  clock: "M12 12m-8.5 0a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M12 7v5l3.5 2",
  timer: "M12 13.5m-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0M12 9.5v4M9.5 2.5h5M18 6.5l1.5-1.5",
  stop: "M6.5 6.5h11v11h-11z",
  skip: "M4 15.5c0-6 4-9 8-9s8 3 8 8M20 14.5l-4.5-1.2M20 14.5l1.6-4.3",
  warning: "M12 4L2.5 20h19zM12 10v4.5M12 17.2h.01",
  question: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5h.01",
  half: "M12 12m-8.5 0a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M12 3.5V12h8.5",
  retry: "M20 5v5h-5M20 10a8.5 8.5 0 1 0 .5 4",
  history: "M4 5v5h5M4 10a8.5 8.5 0 1 1-.5 4M12 8v4.5l3 1.8",
  wrap: "M4 6h16M4 12h12.5a3.5 3.5 0 0 1 0 7H12M14.5 16.5L12 19l2.5 2.5M4 18h4",
  expand: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  external: "M10 5H5v14h14v-5M13 5h6v6M19 5l-8.5 8.5",
  download: "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
  tag: "M3.5 12.5V4h8.5l8.5 8.5-8 8zM8 8h.01",
  info: "M12 12m-8.5 0a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M12 11v5M12 8h.01",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 12m-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0",
  eyeOff:
    "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 12m-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0M4 4l16 16",
  updown: "M8 9l4-4 4 4M8 15l4 4 4-4",
  power: "M12 4v8M7 6.5a7.5 7.5 0 1 0 10 0",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      className={className}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={name === "play" || name === "stop" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={name === "more" ? 3 : 2}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  );
}
