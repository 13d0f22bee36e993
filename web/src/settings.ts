import { createStore, useStore, type Store } from "./store";
import { loadPack, packOf, type Language, type ProblemText, type Texts } from "./i18n";
import type { Problem } from "./api/problem";
import type { SentenceCode } from "./api/types";

export type ThemeChoice = "system" | "light" | "dark";
export type Theme = "light" | "dark";

const kLanguageKey = "haina.language";
const kThemeKey = "haina.theme";

// Storage may be forbidden by the browser; the console then forgets, but works.
function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing to do.
  }
}

function firstLanguage(): Language {
  const kept = remembered(kLanguageKey);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function firstThemeChoice(): ThemeChoice {
  const kept = remembered(kThemeKey);
  return kept === "light" || kept === "dark" ? kept : "system";
}

const systemDark = matchMedia("(prefers-color-scheme: dark)");

function resolve(choice: ThemeChoice): Theme {
  if (choice !== "system") return choice;
  return systemDark.matches ? "dark" : "light";
}

export const language: Store<Language> = createStore(firstLanguage());
export const themeChoice: Store<ThemeChoice> = createStore(firstThemeChoice());
export const theme: Store<Theme> = createStore(resolve(themeChoice.get()));

function showLanguage(value: Language): void {
  document.documentElement.lang = value === "zh" ? "zh-CN" : "en";
}

function showTheme(): void {
  const value = resolve(themeChoice.get());
  document.documentElement.dataset.theme = value;
  theme.set(value);
}

export async function chooseLanguage(value: Language): Promise<void> {
  try {
    await loadPack(value);
  } catch {
    return; // The server is away: the console stays as it is.
  }
  language.set(value);
}

export async function startSettings(): Promise<void> {
  await loadPack(language.get());
  showLanguage(language.get());
  showTheme();
  language.subscribe((value) => {
    remember(kLanguageKey, value);
    showLanguage(value);
  });
  themeChoice.subscribe((choice) => {
    remember(kThemeKey, choice);
    showTheme();
  });
  systemDark.addEventListener("change", showTheme);
}

// For what the API says in words of its own.
export interface Said {
  term: (name: string) => string;
  // The same for names that may be the project's own, such as those of its fields: what is not known stays as it is.
  name: (name: string) => string;
  sentence: (text: string, code: SentenceCode | undefined) => string;
  problem: (problem: Problem) => ProblemText;
}

export function useSaid(): Said {
  const pack = packOf(useStore(language));
  return {
    term: (name) => pack.term(name) ?? name.replaceAll("_", " "),
    name: (name) => pack.term(name) ?? name,
    sentence: pack.sentence,
    problem: pack.problem,
  };
}

export function useTexts(): Texts {
  return packOf(useStore(language)).texts;
}
