import type { Pack } from "./index";
import { zh } from "./zh";
import { problemTextOf, sentenceOf } from "./zhCodes";
import { zhTerms } from "./zhTerms";

export const pack: Pack = {
  texts: zh,
  term: (name) => zhTerms[name],
  sentence: (_, code) => sentenceOf(code),
  problem: problemTextOf,
};
