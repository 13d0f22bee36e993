import { laterTexts } from "../i18n/later";
import { language } from "../settings";
import { useStore } from "../store";

export const useLaterTexts = () => laterTexts[useStore(language)];
