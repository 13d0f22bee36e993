// Beside each sentence of the API, so that it can be said in another language.
export interface SentenceCode {
  code: string;
  values: string[];
}

export interface OverviewEvent {
  t: number;
  n: number;
}

export interface OverviewList extends OverviewEvent {
  p99_ms: number | null;
}

export interface PositionCount {
  position: number;
  shown: number;
  clicked: number;
}

// Times are seconds since 1970 by the server's clock.
export interface Overview {
  now: number;
  started: number;
  seconds_up: number;
  model: { version: string; users: number; items: number; experts: string[] };
  lacks?: string[];
  lack_codes?: SentenceCode[];
  events: { total: number; per_second: number; window_s: number; series: OverviewEvent[] };
  lists: {
    total: number;
    per_second: number;
    window_s: number;
    cache_share: number | null;
    p50_ms: number | null;
    p99_ms: number | null;
    series: OverviewList[];
  };
  freshness_ms: { p50: number | null; p99: number | null; window_s: number };
  coverage: { items_shown: number; items: number; share: number };
  satisfaction: {
    since: number | null;
    impressions: number;
    shown: number;
    clicks: number;
    ctr: number | null;
    likes: number;
    dislikes: number;
    like_rate: number | null;
    mean_dwell_s: number | null;
    mean_rating: number | null;
    ratings: number;
    ctr_by_position: PositionCount[];
  };
}

export interface HistoryEvent {
  item: string;
  title: string;
  action: string;
  time: string | null;
  value: number | null;
  live: boolean;
}

export interface User {
  user: string;
  known: boolean;
  forgotten: boolean;
  profile: Record<string, string | string[] | null>;
  friends: string[];
  // All events of the user; the history holds the newest of them.
  events: number;
  history: HistoryEvent[];
}

export interface HistoryPage {
  user: string;
  total: number;
  offset: number;
  events: HistoryEvent[];
}

export type Shares = Record<string, number>;

export interface Near {
  item: string;
  title: string;
  similarity: number;
}

// A rule that gave an item its place: a pin with its position, a boost with its strength.
export interface AppliedRule {
  name: string;
  do: "pin" | "boost" | "quota";
  position?: number;
  by?: number;
}

export interface Why {
  sources?: Shares;
  experts?: Shares;
  nearest?: Near[];
  channel?: string;
  rules?: AppliedRule[];
  text?: string;
}

export interface ListItem {
  item: string;
  title: string;
  score: number;
  why?: Why;
}

export interface List {
  user?: string;
  k?: number;
  model?: string;
  notes?: string[];
  note_codes?: SentenceCode[];
  items: ListItem[];
}

export const kChannels = ["all", "fused", "similar", "friends", "trending", "popular", "fresh", "query"] as const;
export type Channel = (typeof kChannels)[number];

export interface ListRequest {
  k: number;
  query: string;
  channel: Channel;
  withSeen: boolean;
}

export interface NewEvent {
  user: string;
  item: string;
  action: string;
  value?: number;
}

export interface ItemField {
  name: string;
  type: string;
  values: string[];
  present: boolean;
}

export type LeftOut = { by: "hidden" } | { by: "rule"; rule: string };

// Whether lists can show an item, and what keeps it out of them.
export interface Standing {
  hidden: boolean;
  live: boolean;
  listed: boolean;
  left_out: LeftOut[];
}

export interface FoundItem extends Standing {
  item: string;
  title: string;
}

export interface FoundItems {
  total: number;
  offset: number;
  items: FoundItem[];
}

export interface ItemSearch {
  query: string;
  state: "all" | "left_out";
  offset: number;
}

export interface Item extends FoundItem {
  events: number;
  fields: ItemField[];
  sources: Shares;
}

export interface Neighbours {
  item: string;
  items: { item: string; title: string; score: number }[];
}

export interface MapPoint {
  item: string;
  title: string;
  x: number;
  y: number;
  group: string | null;
}

export interface ItemMap {
  group_field: string | null;
  items: MapPoint[];
}

// Documents of which the console shows what it knows by name and the rest as it comes.
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

// A version's ranker beside its best single model, on what users did after the training: means over users, and the
// difference with its 95 % interval.
export interface LiveCheck {
  users: number;
  ranker: number;
  best_model: string;
  best_model_value: number;
  delta: number;
  low: number;
  high: number;
  worse: boolean;
}

export interface Model {
  version: string;
  trained: string | null;
  // Live events that it was trained on, beside those of the project's files.
  events: number | null;
  current: boolean;
  // Hash of what it was trained on: figures of validation compare where it is the same.
  dataset?: string | null;
  validation: number | null;
  forgotten_since?: number;
  live_check?: LiveCheck | null;
}

// Both versions of a change on the newest events of the same users: means over the users.
export interface Compared {
  users: number;
  metric: string;
  from: number;
  to: number;
}

export interface Models {
  current: string;
  models: Model[];
  // Of the running service, newest first.
  swaps?: {
    time: string;
    from: string;
    to: string;
    compared?: Compared | null;
    refused: string | null;
    refused_code?: SentenceCode | null;
    failed?: string | null;
    failed_code?: SentenceCode | null;
    // How often in a row the same was tried and ended so, the last time at `time`.
    times?: number;
  }[];
}

// A rule in force. items: how many items it concerns now; title: of the item that is pinned.
export interface Rule {
  name: string;
  do: "filter" | "boost" | "pin" | "quota";
  field?: string;
  is?: string[];
  above?: number;
  below?: number;
  date?: "past" | "future";
  added_since_training?: boolean;
  item?: string;
  position?: number;
  by?: number;
  at_least?: number;
  at_most?: number;
  from?: "haina.toml" | "api";
  items?: number;
  title?: string;
}

export const kScopes = ["read", "write", "admin"] as const;
export type Scope = (typeof kScopes)[number];

export interface Key {
  name: string;
  scope: string;
  // Empty: of no tenant.
  tenant?: string;
  created?: string | null;
  // Null: never.
  expires?: string | null;
  // A day; null: not used yet.
  last_used?: string | null;
}

export interface KeyWish {
  name: string;
  scope: Scope;
  tenant?: string;
  // A date, on which it ends.
  expires?: string;
}

export interface NewKey extends Key {
  key: string;
}
