import { distance, items, itemById, kExperts, kSources, models, random } from "./data.mjs";
import { isListed, placeByRules } from "./rules.mjs";

function hash(text) {
  let value = 2166136261;
  for (const letter of text) value = Math.imul(value ^ letter.codePointAt(0), 16777619);
  return value >>> 0;
}

function shares(names, seed) {
  const next = random(seed);
  const raw = names.map((name) => [name, next() ** 2 + 0.02]);
  const total = raw.reduce((sum, [, value]) => sum + value, 0);
  return Object.fromEntries(raw.map(([name, value]) => [name, value / total]));
}

// As the engine writes it, in front of all else.
function ruleText({ name, do: effect, position, by }) {
  if (effect === "pin") return `pinned to place ${position} by rule '${name}'; `;
  if (effect === "quota") return `wanted by rule '${name}'; `;
  return `${by < 0 ? "lowered" : "raised"} by rule '${name}'; `;
}

function why(item, history, channel, rules) {
  const nearest = [...new Set(history)]
    .map((other) => ({ item: other.item, title: other.title, similarity: 1 - distance(item, other) / 2 }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, 3);
  const sources = shares(kSources, hash(`s${item.item}`));
  const experts = shares(kExperts, hash(`e${item.item}`));
  const largest = (of) =>
    Object.entries(of)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 3)
      .map(([name, share]) => `${name} (${Math.round(100 * share)} %)`)
      .join(", ");
  const close = nearest.length === 0 ? "" : `close to ${nearest.map(({ title }) => title).join(", ")}; `;
  return {
    sources,
    experts,
    nearest,
    channel,
    ...(rules.length > 0 ? { rules } : {}),
    text: `${rules.map(ruleText).join("")}${close}sources: ${largest(sources)}; experts: ${largest(experts)}`,
  };
}

function hasWords(item, query) {
  const text = `${item.title} ${item.genre}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .some((word) => word !== "" && text.includes(word));
}

// Recent events weigh more, so that one more event moves the list.
function scoreOf(item, history) {
  const near = history.reduce((sum, seen, age) => sum + Math.exp(-4 * distance(item, seen)) / (1 + 0.4 * age), 0);
  return near + item.events / 3000 + (hash(item.item) % 1000) / 4000;
}

// history: the newest first.
export function listOf({ user, history, k = 10, query = "", channel = "fused", excludeSeen = true, explain = true }) {
  const seen = history.map(({ item }) => itemById.get(item)).filter(Boolean);
  const known = new Set(history.map(({ item }) => item));
  const notes = [];
  const noteCodes = [];
  const note = (text, code, values = []) => {
    notes.push(text);
    noteCodes.push({ code, values });
  };
  if (history.length === 0) note("no history: the list is a newcomer's", "no_history");
  const ranked = items
    .filter((item) => isListed(item) && !(excludeSeen && known.has(item.item)))
    .filter((item) => query === "" || hasWords(item, query))
    .map((item) => ({ item, score: channel === "popular" ? item.events : scoreOf(item, seen) }))
    .sort((a, b) => b.score - a.score);
  // The mock's rules place items of the whole list only, the engine's those of every list.
  const ruled = query === "" && channel === "fused";
  const found = ruled ? placeByRules(ranked, k) : ranked.slice(0, k).map((each) => ({ ...each, rules: [] }));
  if (query !== "" && found.length === 0) {
    note(`no item has any of the words '${query}'`, "no_item_has_words", [query]);
  }
  return {
    schema: "haina.recommend/1",
    user,
    k,
    model: models.current,
    notes,
    note_codes: noteCodes,
    items: found.map(({ item, score, rules }) => ({
      item: item.item,
      title: item.title,
      score,
      ...(explain ? { why: why(item, seen, channel, rules) } : {}),
    })),
  };
}

export function neighboursOf(item, k) {
  return items
    .filter((other) => other !== item && isListed(other))
    .map((other) => ({ item: other.item, title: other.title, score: 1 - distance(item, other) / 2 }))
    .sort((a, b) => b.score - a.score)
    .slice(0, k);
}
