import { apiKey, keyDialog } from "../api/key";
import { href } from "../route";
import { chooseLanguage, language, themeChoice, useTexts, type ThemeChoice } from "../settings";
import { useStore } from "../store";
import { Icon, Logo } from "./icons";

const kNextTheme: Record<ThemeChoice, ThemeChoice> = { system: "light", light: "dark", dark: "system" };

function LanguageSwitch() {
  const t = useTexts();
  const now = useStore(language);
  return (
    <div class="segments" role="group" aria-label={t.head.language}>
      <button type="button" lang="en" aria-pressed={now === "en"} onClick={() => void chooseLanguage("en")}>
        EN
      </button>
      <button type="button" lang="zh-CN" aria-pressed={now === "zh"} onClick={() => void chooseLanguage("zh")}>
        中文
      </button>
    </div>
  );
}

function ThemeSwitch() {
  const t = useTexts();
  const choice = useStore(themeChoice);
  const label = t.head.theme(t.head.themes[choice]);
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => themeChoice.set(kNextTheme[choice])}
    >
      <Icon name={choice} />
    </button>
  );
}

function KeyButton() {
  const t = useTexts();
  const has = useStore(apiKey) !== "";
  const label = has ? t.head.keySet : t.head.keyNone;
  return (
    <button
      type="button"
      class={`icon-button ${has ? "on" : ""}`}
      aria-label={label}
      title={label}
      onClick={() => keyDialog.set({ why: null })}
    >
      <Icon name="keys" />
    </button>
  );
}

export function Header({ menuOpen, onMenu }: { menuOpen: boolean; onMenu: () => void }) {
  const t = useTexts();
  return (
    <header class="head">
      <a class="brand" href={href(["overview"])}>
        <Logo />
        <span>
          Haina <span lang="zh-CN">海纳</span>
        </span>
      </a>
      <div class="head-tools">
        <LanguageSwitch />
        <ThemeSwitch />
        <KeyButton />
        <button
          type="button"
          class="icon-button menu-button"
          aria-expanded={menuOpen}
          aria-controls="nav"
          aria-label={t.head.menu}
          onClick={onMenu}
        >
          <Icon name={menuOpen ? "close" : "menu"} />
        </button>
      </div>
    </header>
  );
}
