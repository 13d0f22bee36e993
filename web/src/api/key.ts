import { createStore, type Store } from "../store";
import type { Problem } from "./problem";

const kStorageKey = "haina.key";

function stored(): string {
  try {
    return sessionStorage.getItem(kStorageKey) ?? "";
  } catch {
    return "";
  }
}

export const apiKey: Store<string> = createStore(stored());

export function setApiKey(key: string): void {
  try {
    if (key === "") sessionStorage.removeItem(kStorageKey);
    else sessionStorage.setItem(kStorageKey, key);
  } catch {
    // The key then lasts until the page is closed.
  }
  refused = false;
  apiKey.set(key);
  keyDialog.set(null);
}

// Why the key dialog is open: asked for by hand, or by a refused call.
export type KeyDialog = { why: Problem | null } | null;

// Whether the secret of a new key is on the screen: it is shown only once, so nothing may cover it.
export const secretShown: Store<boolean> = createStore(false);

export const keyDialog: Store<KeyDialog> = createStore<KeyDialog>(null);

let refused = false;

// A dismissed dialog is not opened again by polling, only by something the user does.
export function dismissKeyDialog(): void {
  refused = true;
  keyDialog.set(null);
}

export function askForKey(why: Problem, byHand: boolean): void {
  if (refused && !byHand) return;
  if (keyDialog.get() === null) keyDialog.set({ why });
}
