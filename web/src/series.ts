import type { Overview } from "./api/types";

// The service counts in buckets of this length and keeps them for this long; it leaves out those in which nothing
// happened.
const kStep = 5;
const kKept = 600;
// The rates of an answer are those of the last minute.
const kRateSpan = 60;

export interface Buckets {
  times: number[];
  events: number[];
  lists: number[];
  p99: (number | null)[];
}

// The answer has no time of its own. The reader's clock is held to what the answer shows: it came after its newest
// bucket, and, where the last minute saw something, no more than a minute after.
function timeOf(overview: Overview, newest: number, clock: number): number {
  const busy = overview.events.per_second > 0 || overview.lists.per_second > 0;
  return Math.min(Math.max(clock, newest + kStep), newest + (busy ? kRateSpan : kKept));
}

// Every bucket that has ended, up to ten minutes back, but none from before the service was there: without events or
// lists the rate was 0, and no latency was measured.
export function bucketsOf(overview: Overview, clock: number): Buckets {
  const events = new Map(overview.events.series.map(({ t, n }) => [t, n]));
  const lists = new Map(overview.lists.series.map((bucket) => [bucket.t, bucket]));
  const newest = Math.max(...events.keys(), ...lists.keys());
  const now = Number.isFinite(newest) ? timeOf(overview, newest, clock) : clock;
  const from = now - Math.min(kKept, Math.max(overview.seconds_up, kStep));
  const found: Buckets = { times: [], events: [], lists: [], p99: [] };
  for (let t = Math.ceil(from / kStep) * kStep; t + kStep <= now; t += kStep) {
    found.times.push(t);
    found.events.push((events.get(t) ?? 0) / kStep);
    found.lists.push((lists.get(t)?.n ?? 0) / kStep);
    found.p99.push(lists.get(t)?.p99_ms ?? null);
  }
  return found;
}
