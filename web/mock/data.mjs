// Made data: a small catalogue whose items lie around their genres, and users who like some of them.

export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const kGenres = [
  "Drama",
  "Comedy",
  "Science fiction",
  "Documentary",
  "Thriller",
  "Animation",
  "Romance",
  "War",
  "Western",
  "Music",
];
const kFirst = [
  "Silent",
  "Distant",
  "Burning",
  "Paper",
  "Winter",
  "Golden",
  "Broken",
  "Hidden",
  "Last",
  "Second",
  "Northern",
  "Glass",
  "Electric",
  "Wandering",
  "Salt",
  "Crimson",
  "Slow",
  "Open",
  "Borrowed",
  "Midnight",
];
const kSecond = [
  "River",
  "Harbour",
  "Orchard",
  "Signal",
  "Letters",
  "Moon",
  "Station",
  "Garden",
  "Horizon",
  "Kingdom",
  "Violin",
  "Crossing",
  "Summer",
  "Machine",
  "Island",
  "Mirror",
  "Journey",
  "Lighthouse",
  "Promise",
  "War",
];

export const kExperts = ["ease", "ials", "item_knn", "content", "popularity", "trending"];
export const kSources = ["id", "movies.genres", "movies.title", "movies.plot", "movies.year", "users.age", "friends"];
const kNow = Math.floor(Date.now() / 1000);

function gauss(next) {
  return next() + next() + next() - 1.5;
}

function makeItems() {
  const next = random(7);
  const items = [];
  for (let i = 0; i < 400; ++i) {
    const genre = Math.min(Math.floor(next() * next() * 14), kGenres.length - 1);
    const angle = (2 * Math.PI * genre) / kGenres.length + 0.4;
    const title = `${kFirst[i % 20]} ${kSecond[(i * 7 + Math.floor(i / 20)) % 20]}`;
    items.push({
      item: i === 13 ? "a/b?c#d %" : String(i + 1),
      title: `${title} (${1960 + Math.floor(next() * 65)})`,
      genre: kGenres[genre],
      x: Math.max(-1, Math.min(1, 0.58 * Math.cos(angle) + 0.24 * gauss(next))),
      y: Math.max(-1, Math.min(1, 0.58 * Math.sin(angle) + 0.24 * gauss(next))),
      events: Math.floor(900 * next() ** 3),
      hidden: false,
      live: i >= 397,
    });
  }
  return items;
}

// A user who looks at an item, often comes back to it, and sometimes rates it then.
function busyHistory(items, count) {
  const next = random(13);
  const history = [];
  for (let e = 0; e < count; ++e) {
    const again = e > 0 && next() < 0.4;
    const item = again ? itemLike(history.at(-1), items) : items[Math.floor(items.length * next())];
    const action = again ? "view" : ["click", "rating", "purchase"][Math.floor(3 * next())];
    history.push({
      item: item.item,
      title: item.title,
      action,
      time: new Date(1000 * (kNow - 7200 * e)).toISOString().replace(/\.\d+/, ""),
      value: action === "rating" ? 1 + Math.floor(next() * 5) : null,
      live: e < 5,
    });
  }
  return history;
}

const itemLike = (event, items) => items.find(({ item }) => item === event.item);

function makeUsers(items) {
  const next = random(11);
  const users = new Map();
  for (let i = 1; i <= 120; ++i) {
    const history = [];
    const taste = items[Math.floor(next() * items.length)];
    const near = [...items].sort((a, b) => distance(a, taste) - distance(b, taste));
    const count = 4 + Math.floor(next() * 24);
    for (let e = 0; e < count; ++e) {
      const item = near[Math.floor(near.length * next() ** 4)];
      const rated = next() < 0.6;
      history.push({
        item: item.item,
        title: item.title,
        action: rated ? "rating" : "click",
        time: new Date(1000 * (kNow - Math.floor(86400 * (e * 3 + next() * 2)))).toISOString().replace(/\.\d+/, ""),
        value: rated ? 1 + Math.floor(next() * 5) : null,
        live: false,
      });
    }
    users.set(String(i), {
      user: String(i),
      known: true,
      forgotten: false,
      profile: { "users.age": String(18 + Math.floor(next() * 50)), "users.occupation": kSecond[i % 20].toLowerCase() },
      friends: [1, 2, 3].map(() => String(1 + Math.floor(next() * 120))).filter((id) => id !== String(i)),
      history,
    });
  }
  users.set("empty", newcomer("empty"));
  users.set("busy", { ...newcomer("busy"), known: true, history: busyHistory(items, 345) });
  return users;
}

export function newcomer(user) {
  return { user, known: false, forgotten: false, profile: {}, friends: [], history: [] };
}

export function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export const items = makeItems();
export const itemById = new Map(items.map((item) => [item.item, item]));
export const users = makeUsers(items);

export const models = {
  current: "20261125T101500",
  previous: "20261118T093000",
  models: [
    {
      version: "20261125T101500",
      trained: "2026-11-25T10:15:00Z",
      events: 1836,
      dataset: "2f0c5ab1",
      validation: 0.2841,
      forgotten_since: 0,
      live_check: null,
    },
    {
      version: "20261118T093000",
      trained: "2026-11-18T09:30:00Z",
      events: 310,
      dataset: "91ab00c4",
      validation: 0.2817,
      forgotten_since: 2,
      live_check: {
        users: 200,
        metric: "ndcg@10",
        ranker: 0.1102,
        best_model: "ease",
        best_model_value: 0.1487,
        delta: -0.0385,
        low: -0.0561,
        high: -0.0209,
        worse: true,
      },
    },
    {
      version: "20261111T094210",
      trained: null,
      events: null,
      dataset: null,
      validation: null,
      forgotten_since: 0,
      live_check: null,
    },
  ],
  swaps: [
    {
      time: "2026-11-25T10:16:02Z",
      from: "20261118T093000",
      to: "20261125T101500",
      compared: { users: 184, metric: "ndcg@10", to: 0.1266, from: 0.1102 },
      refused: null,
      refused_code: null,
      failed: null,
      failed_code: null,
    },
    {
      time: "2026-11-24T10:16:02Z",
      from: "20261118T093000",
      to: "20261124T101500",
      compared: { users: 171, metric: "ndcg@10", to: 0.0312, from: 0.1087 },
      refused: "NDCG@10 of 171 users' newest events is 0.0312, and 0.1087 with the serving version",
      refused_code: { code: "version_is_worse", values: ["171", "0.0312", "0.1087"] },
      failed: null,
      failed_code: null,
    },
  ],
};

export const keys = [
  {
    name: "console",
    scope: "admin",
    tenant: "",
    created: "2026-09-02T08:15:00Z",
    expires: null,
    last_used: "2026-11-25",
  },
  {
    name: "shop-frontend",
    scope: "write",
    tenant: "shop",
    created: "2026-10-11T14:02:00Z",
    expires: "2036-10-11T00:00:00Z",
    last_used: "2026-11-25",
  },
  { name: "reports", scope: "read", tenant: "", created: "2026-10-12T09:40:00Z", expires: null, last_used: null },
];

export const quality = {
  schema: "haina.quality/1",
  sources: [
    {
      name: "ratings",
      kind: "events",
      read: 100836,
      accepted: 100790,
      rejected: 46,
      rejects: ["ratings.csv:7120: column 'rating': 'five' is not a number", "ratings.csv:90233: no user"],
      seen: {},
    },
    { name: "movies", kind: "items", read: 9742, accepted: 9742, rejected: 0, rejects: [], seen: {} },
    {
      name: "catalogue",
      kind: "items",
      read: 812,
      accepted: 809,
      rejected: 3,
      rejects: ["catalogue.jsonl:77: not a JSON object"],
      seen: {},
    },
    { name: "users", kind: "users", read: 610, accepted: 610, rejected: 0, rejects: [], seen: {} },
  ],
  rules: [
    {
      rule: "duplicate dropped",
      source: "",
      count: 214,
      examples: ["user 14, item 318 at 2021-03-01", "user 80, item 50 at 2022-07-19"],
    },
    { rule: "outlier made missing", source: "users.age", count: 4, examples: ["user 19: 312", "user 77: -4"] },
    { rule: "missing value filled with median", source: "users.age", count: 31, examples: ["user 3: 34"] },
    {
      rule: "aligned",
      source: "catalogue",
      count: 701,
      examples: ["c9 'Silent River' is 1 'Silent River (1972)' (0.981)"],
    },
    { rule: "no counterpart found", source: "catalogue", count: 108, examples: ["c15 'Nowhere Else'"] },
  ],
  alignments: [
    {
      source: "catalogue",
      to: "movies",
      by: "title",
      rows: 809,
      pairs: [
        ["c9", "1", 0.981],
        ["c12", "4", 1],
        ["c13", "7", 0.902],
      ],
    },
  ],
  meetings: [
    {
      source: "movies",
      side: "item",
      ids: 9742,
      met: 0.998,
      events_met: 1,
      strangers: ["9001"],
      note: "",
      of_events: "1",
    },
    {
      source: "users",
      side: "user",
      ids: 610,
      met: 0.31,
      events_met: 0.31,
      strangers: ["user-7"],
      note: "",
      of_events: "7",
    },
  ],
  missing: {
    "movies.budget": 0,
    "movies.genres": 0.004,
    "movies.plot": 0.187,
    "movies.year": 0.013,
    "users.age": 0.051,
    "users.occupation": 0.224,
  },
  totals: { users: 610, items: 9742, events: 100576, goals: 48580 },
};

function makeCurve() {
  const next = random(3);
  return Array.from({ length: 18 }, (_, i) => ({
    epoch: i + 1,
    loss: 3.1 + 2.6 * Math.exp(-i / 4) + 0.03 * next(),
    validation_metric: 0.285 - 0.13 * Math.exp(-i / 3.2) - 0.0009 * Math.max(0, i - 12) + 0.002 * next(),
    seconds: 1.9 + 0.2 * next(),
  }));
}

export const training = {
  version: "20261125T101500",
  trained: "2026-11-25T10:15:00Z",
  users: 610,
  items: 9742,
  seed: 7,
  split: "time",
  metric: "ndcg@10",
  without: [],
  leaks: [],
  epochs: makeCurve(),
  best_epoch: 13,
  interrupted: false,
  resumed_at: 0,
  calibration: { slope: 1.084, offset: -2.317, negatives: "sampled" },
  experts: kExperts.map((name, i) => ({ name, params: { l2: 100 * (1 + i), decay: 0.9 } })),
  ranker: {
    models: [...kExperts, "network"],
    fit: "blend",
    weights: [0.21, 0.14, 0.11, 0.06, -0.04, 0.09, 0],
    cross_fit: { single: 0.2512, blend: 0.2841 },
  },
  seconds: { experts: 12.4, network: 36.8, ranker: 3.1, total: 57.9 },
  source_weights: {
    id: 0.34,
    "movies.genres": 0.21,
    "movies.title": 0.07,
    "movies.plot": 0.16,
    "movies.year": 0.04,
    "users.age": 0.08,
    friends: 0.1,
  },
};
