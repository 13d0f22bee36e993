import { en } from "./en";
import type { Pack } from "./index";

// The API speaks English already; some of its names say more in other words.
const kTerms: Record<string, string> = {
  experts: "models",
  experts_again: "models, fitted again",
  network_again: "network, fitted again",
};

export const pack: Pack = {
  texts: en,
  term: (name) => kTerms[name],
  sentence: (text) => text,
  problem: ({ title, detail, hint }) => ({ title, detail, hint }),
};
