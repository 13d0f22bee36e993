import type { Pack } from "./index";
import { zh } from "./zh";
import { problemTextOf, sentenceOf } from "./zhCodes";
import { zhTerms } from "./zhTerms";

export const pack: Pack = {
  texts: zh,
  // One rule of the preparation names the length that it wants.
  term: (name) => zhTerms[name] ?? zhTerms[name.replace(/ than \d+/, "")],
  sentence: (_, code) => sentenceOf(code),
  problem: problemTextOf,
};
