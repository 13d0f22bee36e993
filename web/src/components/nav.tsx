import { href } from "../route";
import { useTexts } from "../settings";
import type { Texts } from "../i18n";
import { Icon, type IconName } from "./icons";

type Place = keyof Texts["nav"]["places"] & IconName;

const kGroups: { group: keyof Texts["nav"]["groups"]; places: Place[] }[] = [
  { group: "watch", places: ["overview", "users", "items", "search"] },
  { group: "learn", places: ["quality", "training", "experiments"] },
  { group: "run", places: ["models", "rules", "keys"] },
];

export function Nav({ here, open, onClose }: { here: string; open: boolean; onClose: () => void }) {
  const t = useTexts();
  return (
    <nav id="nav" class={`nav ${open ? "open" : ""}`} aria-label={t.nav.label}>
      {kGroups.map(({ group, places }) => (
        <div key={group} class="nav-group">
          <p class="nav-title" id={`nav-${group}`}>
            {t.nav.groups[group]}
          </p>
          <ul aria-labelledby={`nav-${group}`}>
            {places.map((place) => (
              <li key={place}>
                <a href={href([place])} onClick={onClose} aria-current={place === here ? "page" : undefined}>
                  <Icon name={place} />
                  {t.nav.places[place]}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
