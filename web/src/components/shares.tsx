import type { Shares } from "../api/types";
import { colourOf, familyOf, kFamilies, type Family, type FamilyShares } from "../families";
import { useFormat } from "../format";
import { useSaid, useTexts } from "../settings";
import { breakable } from "./breakable";

// Less is neither seen in a bar nor written as a whole number of percent.
const kLeastShown = 0.005;

export const isSeen = (share: number) => share >= kLeastShown;

const shownOf = (shares: FamilyShares) => kFamilies.filter((family) => isSeen(shares[family]));

export function FamilyStack({ label, shares }: { label: string; shares: FamilyShares }) {
  const t = useTexts();
  const format = useFormat();
  const families = shownOf(shares);
  const said = families.map((family) => `${t.families[family]} ${format.percent(shares[family], 0)}`);
  return (
    <div class="stack" role="img" aria-label={`${label}: ${said.join(", ")}`}>
      {families.map((family, i) => (
        <span
          key={family}
          class="stack-part"
          title={said[i]}
          style={{ flexGrow: shares[family], background: colourOf(family) }}
        />
      ))}
    </div>
  );
}

export function FamilyLegend({ label, families }: { label: string; families: readonly Family[] }) {
  const t = useTexts();
  if (families.length === 0) return null;
  return (
    <div class="legend">
      <span class="legend-label">{label}</span>
      <ul>
        {families.map((family) => (
          <li key={family} title={t.familyTexts[family]}>
            <span class="swatch" style={{ background: colourOf(family) }} />
            {t.families[family]}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BarsProps {
  label: string;
  bars: { name: string; value: number; colour?: string; text?: string; negative?: boolean }[];
  // What a full track stands for: the whole that the values are parts of, never the largest of them.
  whole: number;
}

export function Bars({ label, bars, whole }: BarsProps) {
  const format = useFormat();
  return (
    <dl class="bars" aria-label={label}>
      {bars.map(({ name, value, colour = "var(--accent)", text, negative = false }) => (
        <div key={name} class="bar">
          <dt title={name}>{breakable(name)}</dt>
          <dd>
            <span class="bar-track" aria-hidden="true">
              <span
                class={negative ? "bar-fill negative" : "bar-fill"}
                style={{ width: `${whole > 0 ? (100 * value) / whole : 0}%`, "--fill": colour }}
              />
            </span>
            <span class="bar-value">{text ?? format.percent(value)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function FamilyBars({ label, shares }: { label: string; shares: FamilyShares }) {
  const t = useTexts();
  const bars = shownOf(shares).map((family) => ({
    name: t.families[family],
    value: shares[family],
    colour: colourOf(family),
  }));
  return <Bars label={label} bars={bars} whole={1} />;
}

// Shares by the engine's own names, the largest first.
export function NamedBars({ label, shares }: { label: string; shares: Shares | undefined }) {
  const said = useSaid();
  const entries = Object.entries(shares ?? {}).map(([name, value]) => ({ name, share: Math.abs(value) }));
  const total = entries.reduce((sum, { share }) => sum + share, 0);
  const bars = entries
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .map(({ name, share }) => ({ name: said.name(name), value: share / total, colour: colourOf(familyOf(name)) }));
  return <Bars label={label} bars={bars} whole={1} />;
}
