import type { Overview } from "./api/types";

// The service counts in buckets of this length and keeps them for this long; it leaves out those in which nothing
// happened.
const kStep = 5;
const kKept = 600;

export interface Buckets {
  times: number[];
  events: number[];
  lists: number[];
  p99: (number | null)[];
}

// Every bucket that has ended, up to ten minutes back, but none from before the service was there: without events or
// lists the rate was 0, and no latency was measured.
export function bucketsOf(overview: Overview): Buckets {
  const events = new Map(overview.events.series.map(({ t, n }) => [t, n]));
  const lists = new Map(overview.lists.series.map((bucket) => [bucket.t, bucket]));
  const { now } = overview;
  // The bucket of this moment is one of those that are kept.
  const oldest = Math.floor(now / kStep) * kStep + kStep - kKept;
  const from = Math.max(oldest, now - Math.max(overview.seconds_up, kStep));
  const found: Buckets = { times: [], events: [], lists: [], p99: [] };
  for (let t = Math.ceil(from / kStep) * kStep; t + kStep <= now; t += kStep) {
    found.times.push(t);
    found.events.push((events.get(t) ?? 0) / kStep);
    found.lists.push((lists.get(t)?.n ?? 0) / kStep);
    found.p99.push(lists.get(t)?.p99_ms ?? null);
  }
  return found;
}
