import { en } from "./en";
import type { Pack } from "./index";

// The API speaks English already; some of its names say more in other words.
const kTerms: Record<string, string> = {
  experts: "models",
  experts_again: "models, fitted again",
  network_again: "network, fitted again",
};

// What helps somebody in front of the console, where the API's hint is for a program that calls it.
const kHints: Record<string, string> = {
  version_is_worse: "train again; the page of experiments compares the versions",
};

export const pack: Pack = {
  texts: en,
  term: (name) => kTerms[name],
  sentence: (text) => text,
  problem: ({ title, detail, hint, code }) => ({ title, detail, hint: kHints[code] ?? hint }),
};
