import type { Shares } from "../api/types";
import { byFamily, colourOf, familyOf, kFamilies } from "../families";
import { useTexts } from "../settings";
import { FamilyBars, NamedBars } from "./shares";

// Weights by family, and by the engine's own names under "Details"; by those alone where there is one family only.
export function FamilyWeights({ label, shares }: { label: string; shares: Shares }) {
  const t = useTexts();
  const families = byFamily(shares);
  if (kFamilies.filter((family) => families[family] > 0).length < 2) return <NamedBars label={label} shares={shares} />;
  return (
    <>
      <FamilyBars label={label} shares={families} />
      <details>
        <summary>{t.families.details}</summary>
        <NamedBars label={label} shares={shares} />
      </details>
    </>
  );
}

// How many models of each family there are.
export function FamilyCounts({ label, names }: { label: string; names: string[] }) {
  const t = useTexts();
  const counted = kFamilies
    .map((family) => ({ family, count: names.filter((name) => familyOf(name) === family).length }))
    .filter(({ count }) => count > 0);
  return (
    <ul class="tags" aria-label={label}>
      {counted.map(({ family, count }) => (
        <li key={family} class="tag" title={t.familyTexts[family]}>
          <span class="swatch" style={{ background: colourOf(family) }} /> {t.families[family]} {count}
        </li>
      ))}
    </ul>
  );
}
