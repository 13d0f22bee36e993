// The mock's rules, what they keep out of lists, and how they place items.
import { items } from "./data.mjs";

export const rules = [
  { name: "never", do: "filter", field: "movies.genres", is: ["Western"] },
  { name: "first", do: "pin", item: "20", position: 2 },
  { name: "new", do: "boost", added_since_training: true, by: 0.5 },
  { name: "old", do: "boost", field: "movies.year", below: 1970, by: -0.25 },
  { name: "two", do: "quota", field: "movies.genres", is: ["Romance"], at_least: 2 },
];

const yearOf = (item) => Number(item.title.slice(-5, -1));

function selects(rule, item) {
  if (rule.added_since_training) return item.live;
  return rule.is === undefined ? yearOf(item) < rule.below : rule.is.includes(item.genre);
}

// As GET /v1/rules lists them.
export function rulesInForce() {
  return rules.map((rule, i) => {
    const pinned = items.find(({ item }) => item === rule.item);
    const concerned =
      rule.do === "pin" ? (pinned === undefined ? 0 : 1) : items.filter((item) => selects(rule, item)).length;
    const title = pinned === undefined ? {} : { title: pinned.title };
    return { ...rule, ...title, from: i < 3 ? "haina.toml" : "api", items: concerned };
  });
}

const rulesThat = (what) => rules.filter((rule) => rule.do === what);

function leftOut(item) {
  const filters = rulesThat("filter").filter((rule) => selects(rule, item));
  return [...(item.hidden ? [{ by: "hidden" }] : []), ...filters.map(({ name }) => ({ by: "rule", rule: name }))];
}

export const isListed = (item) => leftOut(item).length === 0;

export function standingOf(item) {
  const { hidden, live } = item;
  return { hidden, live, listed: isListed(item), left_out: leftOut(item) };
}

// How an administrator finds items: by the beginning of the id or a part of the title.
export function findItems(query, state, offset, limit) {
  const words = query.toLowerCase();
  const found = items
    .filter((item) => item.item.toLowerCase().startsWith(words) || item.title.toLowerCase().includes(words))
    .filter((item) => state !== "left_out" || !isListed(item));
  const page = found.slice(offset, offset + limit);
  return {
    total: found.length,
    offset,
    items: page.map((item) => ({ item: item.item, title: item.title, ...standingOf(item) })),
  };
}

// ranked: { item, score }, the best first. Gives the k best after all rules, each with the rules that placed it.
export function placeByRules(ranked, k) {
  const boosted = ranked
    .map(({ item, score }) => {
      const boosts = rulesThat("boost").filter((rule) => selects(rule, item));
      const by = boosts.reduce((sum, rule) => sum + rule.by, 0);
      return { item, score: score + by, rules: boosts.map((rule) => ({ name: rule.name, do: "boost", by: rule.by })) };
    })
    .sort((a, b) => b.score - a.score);
  const list = boosted.slice(0, k);
  for (const rule of rulesThat("quota")) {
    let lacking = rule.at_least - list.filter(({ item }) => selects(rule, item)).length;
    for (const wanted of boosted.slice(k).filter(({ item }) => selects(rule, item))) {
      const last = list.findLastIndex(({ item }) => !selects(rule, item));
      if (lacking-- <= 0 || last < 0) break;
      list.splice(last, 1);
      list.push({ ...wanted, rules: [...wanted.rules, { name: rule.name, do: "quota" }] });
    }
  }
  for (const rule of rulesThat("pin")) {
    const pinned = boosted.find(({ item }) => item.item === rule.item);
    if (pinned === undefined) continue;
    const rest = list.filter(({ item }) => item !== pinned.item).slice(0, k - 1);
    const place = { name: rule.name, do: "pin", position: rule.position };
    rest.splice(rule.position - 1, 0, { ...pinned, rules: [place, ...pinned.rules] });
    list.splice(0, list.length, ...rest);
  }
  return list;
}
