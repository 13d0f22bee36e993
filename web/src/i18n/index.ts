// The languages of the console. Each is a file of its own, loaded when it is first asked for.
import type { Problem } from "../api/problem";
import type { SentenceCode } from "../api/types";
import type { Texts } from "./en";

export type { Texts };
export type Language = "en" | "zh";

export interface ProblemText {
  title: string;
  detail: string;
  hint: string;
}

export interface Pack {
  texts: Texts;
  // A name that is the API's own, not the project's; undefined where the language has no other.
  term: (name: string) => string | undefined;
  // What the API says, by the code beside it.
  sentence: (text: string, code: SentenceCode | undefined) => string;
  problem: (problem: Problem) => ProblemText;
}

const loaders: Record<Language, () => Promise<{ pack: Pack }>> = {
  en: () => import("./enPack"),
  zh: () => import("./zhPack"),
};
const packs = new Map<Language, Pack>();

export async function loadPack(language: Language): Promise<void> {
  if (!packs.has(language)) packs.set(language, (await loaders[language]()).pack);
}

// Of a language that was loaded.
export function packOf(language: Language): Pack {
  return packs.get(language)!;
}
