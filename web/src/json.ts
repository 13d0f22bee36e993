import type { Json, JsonObject } from "./api/types";

// Reads documents whose fields may be missing or of another type.

export function object(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

export function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(object) : [];
}

export function text(value: Json | undefined): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

export function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map((part) => (typeof part === "string" ? part : JSON.stringify(part))) : [];
}

export function number(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

export function numbers(value: Json | undefined): [string, number][] {
  return Object.entries(object(value)).filter((entry): entry is [string, number] => typeof entry[1] === "number");
}

export function without(value: JsonObject, names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
