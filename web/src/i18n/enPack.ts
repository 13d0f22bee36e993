import { en } from "./en";
import type { Pack } from "./index";

// The API speaks English already; some of its names say more in other words.
const kTerms: Record<string, string> = {
  experts: "models",
  experts_again: "models, fitted again",
  network_again: "network, fitted again",
  params: "settings",
};

// What helps somebody in front of the console, where the API's hint is for a program that calls it.
const kHints: Record<string, string> = {
  version_is_worse: "train again; the page of experiments compares the versions",
  no_key_sent: "enter a key; haina keys add makes one",
  key_unknown: "enter another key; haina keys add makes one",
  unknown_item: "the page of items finds items by title, and by the beginning of the id",
};

// Of an unknown item the API names one that is spelled alike, and others that are not.
const alike = (hint: string) => /^did you mean '.*?'\? /.exec(hint)?.[0] ?? "";

export const pack: Pack = {
  texts: en,
  term: (name) => kTerms[name],
  sentence: (text) => text,
  problem: ({ title, detail, hint, code }) => ({
    title,
    detail,
    hint: code in kHints ? alike(hint) + kHints[code]! : hint,
  }),
};
