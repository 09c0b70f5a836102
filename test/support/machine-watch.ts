// How much the machine itself holds things up while a test runs: what is late for that is nobody's fault.

/** How long this process, which does little, was kept from running: so long the machine may have held up any other. */
export function watchMachine() {
  const stepMs = 20;
  const held: { at: number; ms: number }[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - last > 3 * stepMs) held.push({ at: Date.now(), ms: now - last - stepMs });
    last = now;
  }, stepMs);
  return {
    stop: () => clearInterval(timer),
    worst: (from: number, to: number) =>
      Math.max(0, ...held.filter(({ at, ms }) => at >= from && at - ms <= to).map(({ ms }) => ms)),
  };
}
