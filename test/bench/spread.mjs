// What it costs to add to a copied object, by where the copy stands in the literal (docs/decisions/0022).
//   node test/bench/spread.mjs
const base = { runId: "r", fence: 1, sessionId: "s", jobId: "j" };
const none = {};
const shapes = {
  "{ ...base }": () => ({ ...base }),
  "{ ...base, at, type, attempt, state }": (n) => ({ ...base, at: n, type: n, attempt: n, state: n }),
  "{ at, ...base, type, attempt, state }": (n) => ({ at: n, ...base, type: n, attempt: n, state: n }),
  "{ at, type, attempt, state, ...base }": (n) => ({ at: n, type: n, attempt: n, state: n, ...base }),
  "{ ...none, at, type, attempt, state }": (n) => ({ ...none, at: n, type: n, attempt: n, state: n }),
};
const rounds = 100_000;
let kept;
for (const [name, make] of Object.entries(shapes)) {
  for (let n = 0; n < rounds / 5; n++) kept = make(n);
  const started = performance.now();
  for (let n = 0; n < rounds; n++) kept = make(n);
  const ns = ((performance.now() - started) * 1e6) / rounds;
  console.log(`${name.padEnd(40)} ${ns.toFixed(0).padStart(6)} ns`);
}
if (!kept) process.exit(1);
