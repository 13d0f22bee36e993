import { apiKey, askForKey } from "./key";
import { Problem, problemOf } from "./problem";

type Query = Record<string, string | number | undefined>;

export function pathOf(parts: string[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const words = search.toString();
  return `/v1/${parts.map(encodeURIComponent).join("/")}${words === "" ? "" : `?${words}`}`;
}

async function send(method: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  const headers = new Headers({ accept: "application/json" });
  if (apiKey.get() !== "") headers.set("X-API-Key", apiKey.get());
  if (body !== undefined) headers.set("content-type", "application/json");
  try {
    return await fetch(path, {
      method,
      headers,
      cache: "no-store",
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "", "", "", "");
  }
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal);
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.status === 401 || problem.status === 403) askForKey(problem, method !== "GET");
    throw problem;
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (text === "") return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Problem(response.status, "", "The answer is not JSON.", "", path, "answer_no_json");
  }
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>("GET", path, undefined, signal);
export const post = <T>(path: string, body: unknown, signal?: AbortSignal) => call<T>("POST", path, body, signal);
export const patch = <T>(path: string, body: unknown) => call<T>("PATCH", path, body);
export const remove = <T>(path: string) => call<T>("DELETE", path);
