import { createStore, type Store } from "./store";

// #/users/42?channel=similar: parts ["users", "42"].
export interface Route {
  parts: string[];
  query: URLSearchParams;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parse(hash: string): Route {
  const text = hash.replace(/^#\/?/, "");
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  return {
    parts: path
      .split("/")
      .filter((part) => part !== "")
      .map(decode),
    query: new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)),
  };
}

export function href(parts: string[], query: Record<string, string> = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== "");
  const search = new URLSearchParams(filled).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search === "" ? "" : `?${search}`}`;
}

export function go(parts: string[], query: Record<string, string> = {}): void {
  location.hash = href(parts, query);
}

// As go, without a step to go back to.
export function replace(parts: string[], query: Record<string, string> = {}): void {
  location.replace(href(parts, query));
}

export const route: Store<Route> = createStore(parse(location.hash));

export function startRoute(): void {
  addEventListener("hashchange", () => route.set(parse(location.hash)));
}
