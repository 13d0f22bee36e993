import { useMemo } from "preact/hooks";
import { api } from "../../api/endpoints";
import type { List, ListRequest } from "../../api/types";
import { useLoad, type Loaded } from "../../hooks/useLoad";
import { diffLists, type ListDiff } from "../../listDiff";

// A list, and what it was asked for with.
export interface AskedList {
  request: ListRequest;
  list: List;
}

// The list for a history with more items at its end. Null without added items.
export function useHypothetical(
  user: string,
  request: ListRequest,
  history: string[] | null,
  added: string[],
): Loaded<AskedList | null> {
  return useLoad(
    async (signal) => {
      if (history === null || added.length === 0) return null;
      return { request, list: await api.hypothetical(user, [...history, ...added], request, signal) };
    },
    [user, request, history, added],
  );
}

// How it differs from the list that was on the screen before. Null until both answer the same request.
export function useMoves(seen: AskedList | null, hypothetical: AskedList | null): ListDiff | null {
  return useMemo(() => {
    if (seen === null || hypothetical === null || seen.request !== hypothetical.request) return null;
    return diffLists(seen.list.items, hypothetical.list.items);
  }, [seen, hypothetical]);
}
