import { api } from "../../api/endpoints";
import type { List, ListRequest } from "../../api/types";
import { useLoad, type Loaded } from "../../hooks/useLoad";
import { diffLists, type ListDiff } from "../../listDiff";

export interface Hypothetical {
  list: List;
  moves: ListDiff;
}

// The list for a history with more items at its end, beside the list for that history alone. Both histories are given
// with the request, so that nothing differs between the two lists but the added items. Null without added items.
export function useHypothetical(
  user: string,
  request: ListRequest,
  history: string[] | null,
  added: string[],
): Loaded<Hypothetical | null> {
  return useLoad(
    async (signal) => {
      if (history === null || added.length === 0) return null;
      const [before, list] = await Promise.all([
        api.hypothetical(user, history, request, signal),
        api.hypothetical(user, [...history, ...added], request, signal),
      ]);
      return { list, moves: diffLists(before.items, list.items) };
    },
    [user, request, history, added],
  );
}
