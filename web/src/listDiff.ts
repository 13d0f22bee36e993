import type { ListItem } from "./api/types";

export interface Move {
  kind: "same" | "new" | "up" | "down";
  by: number;
}

export interface ListDiff {
  of: Map<string, Move>;
  left: ListItem[];
  up: number;
  down: number;
  fresh: number;
}

// How a list differs from the one before it.
export function diffLists(before: ListItem[], after: ListItem[]): ListDiff {
  const places = new Map(before.map((item, place) => [item.item, place]));
  const moves: ListDiff = { of: new Map(), left: [], up: 0, down: 0, fresh: 0 };
  after.forEach(({ item }, place) => {
    const old = places.get(item);
    if (old === undefined) {
      moves.fresh += 1;
      moves.of.set(item, { kind: "new", by: 0 });
    } else if (old === place) {
      moves.of.set(item, { kind: "same", by: 0 });
    } else {
      const kind = old > place ? "up" : "down";
      moves[kind] += 1;
      moves.of.set(item, { kind, by: Math.abs(old - place) });
    }
  });
  const now = new Set(after.map(({ item }) => item));
  moves.left = before.filter(({ item }) => !now.has(item));
  return moves;
}
