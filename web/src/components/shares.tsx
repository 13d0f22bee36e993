import type { Shares } from "../api/types";
import { colourOf } from "../colours";
import { useFormat } from "../format";

type Kind = "source" | "expert";

interface Share {
  name: string;
  share: number;
}

// Largest first; sums to 1.
export function sharesOf(shares: Shares | undefined): Share[] {
  const entries = Object.entries(shares ?? {}).map(([name, value]) => ({ name, share: Math.abs(value) }));
  const total = entries.reduce((sum, entry) => sum + entry.share, 0);
  if (total === 0) return [];
  return entries.map(({ name, share }) => ({ name, share: share / total })).sort((a, b) => b.share - a.share);
}

export function StackedBar({ kind, label, shares }: { kind: Kind; label: string; shares: Shares | undefined }) {
  const format = useFormat();
  const parts = sharesOf(shares);
  const said = parts.map(({ name, share }) => `${name} ${format.percent(share, 0)}`).join(", ");
  return (
    <div class="stack" role="img" aria-label={`${label}: ${said}`}>
      {parts.map(({ name, share }) => (
        <span
          key={name}
          class="stack-part"
          title={`${name} ${format.percent(share)}`}
          style={{ flexGrow: share, background: colourOf(kind, name) }}
        />
      ))}
    </div>
  );
}

export function Legend({ kind, label, names }: { kind: Kind; label: string; names: string[] }) {
  if (names.length === 0) return null;
  return (
    <div class="legend">
      <span class="legend-label">{label}</span>
      <ul>
        {names.map((name) => (
          <li key={name}>
            <span class="swatch" style={{ background: colourOf(kind, name) }} />
            {name}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface BarsProps {
  label: string;
  bars: { name: string; value: number; colour?: string; text?: string }[];
  // What a full track stands for: the whole that the values are parts of, never the largest of them.
  whole: number;
}

export function Bars({ label, bars, whole }: BarsProps) {
  const format = useFormat();
  return (
    <dl class="bars" aria-label={label}>
      {bars.map(({ name, value, colour, text }) => (
        <div key={name} class="bar">
          <dt title={name}>{name}</dt>
          <dd>
            <span class="bar-track" aria-hidden="true">
              <span
                class="bar-fill"
                style={{ width: `${whole > 0 ? (100 * value) / whole : 0}%`, background: colour ?? "var(--accent)" }}
              />
            </span>
            <span class="bar-value">{text ?? format.percent(value)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function ShareBars({ kind, label, shares }: { kind: Kind; label: string; shares: Shares | undefined }) {
  const bars = sharesOf(shares).map(({ name, share }) => ({ name, value: share, colour: colourOf(kind, name) }));
  return <Bars label={label} bars={bars} whole={1} />;
}
