import type { Shares, Why } from "./api/types";

// Every reason for an item belongs to one of five families, each with one colour, on every page and in both themes.
export const kFamilies = ["taste", "similar", "trending", "content", "rules"] as const;
export type Family = (typeof kFamilies)[number];

// Names of models, of sources that are no fields of the project, and of channels.
const kByName: Record<string, Family> = {
  ease: "taste",
  ials: "taste",
  rp3beta: "taste",
  graph_filter: "taste",
  user_knn: "taste",
  conversions: "taste",
  revisits: "taste",
  friends: "taste",
  network: "taste",
  behaviour: "taste",
  id: "taste",
  fused: "taste",
  item_knn: "similar",
  item_knn_all: "similar",
  cooccurrence: "similar",
  cooccurrence_last: "similar",
  cooccurrence_symmetric: "similar",
  cooccurrence_counts: "similar",
  cooccurrence_second: "similar",
  similar: "similar",
  popularity: "trending",
  popular: "trending",
  trending: "trending",
  fresh: "trending",
  content: "content",
  query: "content",
  rule: "rules",
  rules: "rules",
};

// A model on one source is named after both, "content.movies.genres"; all other names are fields, which are content.
export function familyOf(name: string): Family {
  return kByName[name] ?? kByName[name.split(".")[0]!] ?? "content";
}

export const colourOf = (family: Family) => `var(--${family})`;

export type FamilyShares = Record<Family, number>;

// Sums to 1, or to 0 where there are no shares.
export function byFamily(shares: Shares | undefined): FamilyShares {
  const sums: FamilyShares = { taste: 0, similar: 0, trending: 0, content: 0, rules: 0 };
  let total = 0;
  for (const [name, value] of Object.entries(shares ?? {})) {
    sums[familyOf(name)] += Math.abs(value);
    total += Math.abs(value);
  }
  if (total > 0) for (const family of kFamilies) sums[family] /= total;
  return sums;
}

export interface WeightRow {
  // The fusion network learns from all sources, so it is of no family.
  of: Family | "network";
  negative: boolean;
  // Of the sum of the absolute weights.
  share: number;
}

// Weights of models by family, negative ones apart from the others.
export function weightRows(weights: Shares): WeightRow[] {
  const entries = Object.entries(weights);
  const whole = entries.reduce((sum, [, weight]) => sum + Math.abs(weight), 0);
  const ofName = (name: string) => (name === "network" ? "network" : familyOf(name));
  return [...kFamilies, "network" as const].flatMap((of) =>
    [false, true].map((negative) => ({
      of,
      negative,
      share:
        entries
          .filter(([name, weight]) => ofName(name) === of && weight < 0 === negative)
          .reduce((sum, [, weight]) => sum + Math.abs(weight), 0) / (whole || 1),
    })),
  );
}

// The API splits a score twice: by sources, where all that is learned from events is one, and by models, where the
// network is one. Only the sources tell its content from its behaviour, and only the models tell likeness of items from
// the rest of behaviour.
export function familiesOf(why: Why): FamilyShares {
  const models = byFamily(why.experts);
  const sources = byFamily(why.sources);
  if (kFamilies.every((family) => sources[family] === 0)) return models;
  const behaviour = sources.taste + sources.similar;
  const similar = Math.min(behaviour, models.similar);
  return { ...sources, similar, taste: behaviour - similar };
}

// Taste and likeness are two readings of the same events, so they are weighed together against the others.
export function strongestOf(shares: FamilyShares): Family | null {
  const behaviour = shares.taste + shares.similar;
  const others = (["trending", "content", "rules"] as const).map((family) => shares[family]);
  const largest = Math.max(behaviour, ...others);
  if (largest <= 0) return null;
  if (behaviour === largest) return shares.similar > shares.taste ? "similar" : "taste";
  return kFamilies.find((family) => family !== "taste" && family !== "similar" && shares[family] === largest)!;
}

// The name with the largest share of a family, as the API calls it.
export function largestOf(family: Family, shares: Shares | undefined): string | undefined {
  return Object.entries(shares ?? {})
    .filter(([name, share]) => familyOf(name) === family && share > 0)
    .sort(([, one], [, other]) => other - one)[0]?.[0];
}
