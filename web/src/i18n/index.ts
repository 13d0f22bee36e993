import { en, type Texts } from "./en";
import { zh } from "./zh";

export type { Texts };
export type Language = "en" | "zh";

export const dictionaries: Record<Language, Texts> = { en, zh };
