import { items, kExperts, models, random, users } from "./data.mjs";

const kStep = 5;
const kEntries = 120;
const started = Date.now();

function rateAt(t, mean, phase) {
  const noise = random(t / kStep + 1000 * phase)();
  return Math.max(0, Math.round(kStep * (mean * (1 + 0.35 * Math.sin(t / 97 + phase)) + mean * 0.3 * (noise - 0.5))));
}

// added: events, and shown: lists, since the mock began.
export function overview(added, shown) {
  const now = Math.floor(Date.now() / 1000 / kStep) * kStep;
  const times = Array.from({ length: kEntries }, (_, i) => now - kStep * (kEntries - 1 - i));
  const events = times.map((t) => ({ t, n: rateAt(t, 36, 1) }));
  const lists = times.map((t) => ({
    t,
    n: rateAt(t, 210, 2),
    p99_ms: 3.4 + 1.6 * random(t / kStep)() ** 3 + Math.sin(t / 70),
  }));
  const impressions = 4821 + shown;
  const positions = Array.from({ length: 10 }, (_, i) => ({
    position: i + 1,
    shown: 4821,
    clicked: Math.round(4821 * (0.118 / (1 + 0.32 * i) + 0.004 * random(i + 5)())),
  }));
  const clicks = positions.reduce((sum, { clicked }) => sum + clicked, 0);
  return {
    schema: "haina.overview/1",
    now: Math.floor(Date.now() / 1000),
    started: Math.floor(started / 1000) - 93784,
    lacks: [],
    lack_codes: [],
    seconds_up: (Date.now() - started) / 1000 + 93784,
    model: { version: models.current, users: users.size, items: items.length, experts: kExperts },
    events: { total: 1284907 + added, per_second: events.at(-1).n / kStep, window_s: 60, series: events },
    lists: {
      total: 7710342,
      per_second: lists.at(-1).n / kStep,
      window_s: 60,
      cache_share: 0.634,
      p50_ms: 1.12,
      p99_ms: lists.at(-1).p99_ms,
      series: lists,
    },
    freshness_ms: { p50: 6.4, p99: 23.8, window_s: 600 },
    coverage: { items_shown: 287, items: items.length, share: 287 / items.length },
    satisfaction: {
      since: Math.floor(started / 1000) - 9 * 86400,
      impressions,
      shown: positions.reduce((sum, { shown: places }) => sum + places, 0),
      clicks,
      ctr: clicks / positions.reduce((sum, { shown: places }) => sum + places, 0),
      likes: 1204,
      dislikes: 173,
      like_rate: 1204 / 1377,
      mean_dwell_s: 48.2,
      mean_rating: 3.92,
      ratings: 611,
      ctr_by_position: positions,
    },
  };
}
