import { en } from "./en";
import type { Pack } from "./index";

// The API speaks English already.
export const pack: Pack = {
  texts: en,
  term: () => undefined,
  sentence: (text) => text,
  problem: ({ title, detail, hint }) => ({ title, detail, hint }),
};
