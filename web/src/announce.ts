import { createStore, type Store } from "./store";

export interface Announcement {
  text: string;
  tone: "good" | "bad";
  serial: number;
}

let serial = 0;

// What the live region says last.
export const announcement: Store<Announcement | null> = createStore<Announcement | null>(null);

export function announce(text: string, tone: Announcement["tone"] = "good"): void {
  serial += 1;
  announcement.set({ text, tone, serial });
}
