import { get, patch, pathOf, post, remove } from "./client";
import type {
  FoundItems,
  HistoryPage,
  Item,
  ItemMap,
  ItemSearch,
  JsonObject,
  Key,
  KeyWish,
  List,
  ListRequest,
  Models,
  Neighbours,
  NewEvent,
  NewKey,
  Overview,
  Rule,
  User,
} from "./types";

type Signal = AbortSignal;

// On every list that the console asks for: nobody was shown it, so it counts neither as an impression nor as coverage.
const kUnrecorded = { record: 0 };

export const api = {
  overview: (signal: Signal) => get<Overview>(pathOf(["overview"]), signal),

  users: (prefix: string, limit: number, signal: Signal) =>
    get<{ users: string[] }>(pathOf(["users"], { prefix, limit }), signal),
  user: (id: string, signal: Signal) => get<User>(pathOf(["users", id]), signal),
  history: (id: string, offset: number, limit: number) =>
    get<HistoryPage>(pathOf(["users", id, "history"], { offset, limit })),
  recommendations: (id: string, { k, query, channel, withSeen }: ListRequest, signal: Signal) =>
    get<List>(
      pathOf(["users", id, "recommendations"], {
        k,
        explain: 1,
        query,
        channel: channel === "all" ? undefined : channel,
        exclude_seen: withSeen ? 0 : undefined,
        ...kUnrecorded,
      }),
      signal,
    ),

  // The list of somebody with this history, oldest first, in place of the stored one; profile and friends stay.
  hypothetical: (user: string, history: string[], { k, query, channel, withSeen }: ListRequest, signal: Signal) =>
    post<List>(
      pathOf(["recommendations"]),
      {
        user,
        history,
        k,
        explain: true,
        exclude_seen: !withSeen,
        record: false,
        ...(query === "" ? {} : { query }),
        ...(channel === "all" ? {} : { channel }),
      },
      signal,
    ),

  addEvent: (event: NewEvent) => post<{ accepted: number; known: number }>(pathOf(["events"]), { events: [event] }),

  search: (q: string, user: string, k: number, signal: Signal) =>
    get<List>(pathOf(["search"], { q, user, k, explain: 1, ...kUnrecorded }), signal),

  // Also what no list may hold, unlike search.
  items: ({ query, state, offset }: ItemSearch, limit: number, signal: Signal) =>
    get<FoundItems>(pathOf(["items"], { query, state, offset, limit }), signal),
  item: (id: string, signal?: Signal) => get<Item>(pathOf(["items", id]), signal),
  neighbours: (id: string, k: number, signal: Signal) =>
    get<Neighbours>(pathOf(["items", id, "similar"], { k }), signal),
  hide: (id: string, hidden: boolean) => patch<unknown>(pathOf(["items", id]), { hidden }),
  map: (most: number, signal: Signal) => get<ItemMap>(pathOf(["map"], { most }), signal),

  quality: (signal: Signal) => get<JsonObject>(pathOf(["quality"]), signal),
  training: (signal: Signal) => get<JsonObject>(pathOf(["training"]), signal),

  models: (signal: Signal) => get<Models>(pathOf(["models"]), signal),
  useModel: (version: string) => post<{ current: string }>(pathOf(["models", version, "use"]), {}),
  rollback: () => post<{ current: string }>(pathOf(["models", "rollback"]), {}),

  rules: (signal: Signal) => get<{ rules: Rule[] }>(pathOf(["rules"]), signal),

  keys: (signal: Signal) => get<{ keys: Key[] }>(pathOf(["keys"]), signal),
  addKey: (wish: KeyWish) => post<NewKey>(pathOf(["keys"]), wish),
  revokeKey: (name: string) => remove<unknown>(pathOf(["keys", name])),
};
