// Every number on every page stands in an answer of the API, or follows from one in a way that is named here.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { ItemMap, Why } from "../src/api/types";
import { byFamily, familiesOf, weightRows } from "../src/families";
import { en } from "../src/i18n/en";
import { groupsOf, kUncoloured } from "../src/pages/items/groups";
import { laterTexts } from "../src/i18n/later";
import { kFor, kPlaces, within } from "./harness";

interface Known {
  numbers: Set<number>;
  // Every text, and each number in it: ids, titles, years, versions.
  texts: string[];
  // ISO times and seconds since 1970.
  times: Date[];
}

// Lengths count: "14 events", "60 of 400".
function learn(value: unknown, known: Known): void {
  if (typeof value === "number") {
    known.numbers.add(value);
    if (value > 1e9 && value < 1e10) known.times.push(new Date(1000 * value));
  } else if (typeof value === "string") {
    known.texts.push(value);
    const version = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(value);
    const iso = version === null ? value : `${version.slice(1, 4).join("-")}T${version.slice(4, 7).join(":")}Z`;
    if (/^\d{4}-\d\d-\d\d(T|$)/.test(iso)) known.times.push(new Date(iso));
  } else if (Array.isArray(value)) {
    known.numbers.add(value.length);
    for (const one of value) learn(one, known);
  } else if (typeof value === "object" && value !== null) {
    known.texts.push(...Object.keys(value));
    for (const one of Object.values(value)) learn(one, known);
    known.numbers.add(Object.keys(value).length);
  }
}

// "5 min 13 s"
const spanOf = (seconds: number) => [
  seconds % 60,
  Math.floor(seconds / 60) % 60,
  Math.floor(seconds / 3600) % 24,
  Math.floor(seconds / 86400),
];

// Of what the pages of training, quality and experiments read.
interface Parts {
  ranker?: { models: string[]; weights: number[] };
  seconds?: Record<string, number>;
  missing?: Record<string, number>;
  swaps?: { from: string; to: string }[];
}

// What the console works out itself, page by page.
function derived(answers: Map<string, unknown>): number[] {
  const found: number[] = [];
  const of = (end: string) => [...answers].filter(([path]) => path.endsWith(end)).map(([, answer]) => answer);
  interface Measured {
    now: number;
    seconds_up: number;
    satisfaction: { ctr: number | null; since: number | null; shown: number };
  }
  for (const answer of of("/v1/overview") as Measured[]) {
    found.push(...spanOf(Math.floor(answer.seconds_up)));
    const rate = answer.satisfaction.ctr === null ? NaN : Number((100 * answer.satisfaction.ctr).toFixed(2)) / 100;
    const other = 1.05 * rate; // experiments: a change of 5 %, at 5 % and 80 % power
    const needed = Math.ceil(((1.96 + 0.8416) ** 2 * (rate * (1 - rate) + other * (1 - other))) / (other - rate) ** 2);
    const { since, shown } = answer.satisfaction;
    const lasts = Math.floor((needed / shown) * (answer.now - (since ?? 0))); // at the pace so far
    found.push(needed, ...spanOf(lasts), ...spanOf(lasts + 1));
  }
  found.push(60); // so many items stand beside the map, and so many users in a list of them, at most
  const families = (names: string[]) => names.map((_, i) => i + 1); // counts of each family
  for (const answer of answers.values()) {
    const experts = (answer as { model?: { experts?: string[] } }).model?.experts;
    if (Array.isArray(experts)) found.push(...families(experts));
    const { ranker, seconds, missing, swaps } = answer as Parts;
    if (ranker !== undefined) {
      const whole = ranker.weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
      const parts = Object.fromEntries(ranker.models.map((name, i) => [name, ranker.weights[i]!]));
      found.push(...families(ranker.models), ...ranker.weights.map((weight) => weight / whole));
      for (const row of weightRows(parts)) found.push(row.share, -row.share);
    }
    const points = (answer as Partial<ItemMap>).items;
    if (Array.isArray(points) && "group_field" in (answer as object)) {
      const coloured = groupsOf(points).filter(({ colour }) => colour !== kUncoloured);
      found.push(points.length - coloured.reduce((sum, { count }) => sum + count, 0)); // other or none
    }
    if (seconds !== undefined) {
      const { total = 0, ...stages } = seconds; // the rest of the time
      found.push(total - Object.values(stages).reduce((sum, one) => sum + one, 0));
    }
    // Fields without a gap, and versions that served.
    if (missing !== undefined) found.push(Object.values(missing).filter((share) => share === 0).length);
    if (swaps !== undefined) found.push(new Set(swaps.flatMap(({ from, to }) => [from, to])).size, 2);
  }
  return found;
}

// Shares in parts of their sum, by name and by family; how a reason's families come about is told in families.ts.
function sharesIn(value: unknown): number[] {
  if (Array.isArray(value)) return value.flatMap(sharesIn);
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.values(value);
  const shares = inside.filter((one): one is number => typeof one === "number");
  const found = inside.flatMap(sharesIn);
  if ("experts" in value && "sources" in value) found.push(...Object.values(familiesOf(value as Why)));
  if (shares.length > 1 && shares.length === inside.length) {
    const sum = shares.reduce((all, one) => all + one, 0);
    found.push(...shares.map((one) => one / sum), ...Object.values(byFamily(value as Record<string, number>)));
  }
  return found;
}

// The texts of the page that hold figures, without what counts rows or is chosen by the reader.
const textOf = (page: Page) =>
  page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    for (const own of document.querySelectorAll<HTMLElement>(".rec-rank, select, input, canvas, .chart figcaption"))
      own.style.display = "none";
    return document.querySelector<HTMLElement>("main")!.innerText;
  });

const kFixed = /NDCG@\d+|p99|95 %|at 5 %|80 % power|\d+ standard|for example \d+|00:00 UTC|by \d/g;

function datesOf(times: Date[]): string[] {
  const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23" });
  return times
    .filter((time) => !Number.isNaN(time.getTime()))
    .flatMap((time) => [day.format(time), clock.format(time), date.format(time)])
    .sort((a, b) => b.length - a.length);
}

// "1,204", "63.4%", "1.3M", "4.41 ms", "52.9 s".
function isFigureOf(shown: string, known: Iterable<number>): boolean {
  const parts = /^(-?[\d,]*\.?\d+)\s?(%|K|M|B)?$/.exec(shown);
  if (parts === null) return false;
  const digits = (parts[1]!.split(".")[1] ?? "").length;
  const scale = { "%": 0.01, K: 1e3, M: 1e6, B: 1e9 }[parts[2] ?? ""] ?? 1;
  const value = Number(parts[1]!.replaceAll(",", ""));
  const half = 0.5000001 * 10 ** -digits;
  for (const number of known) {
    // As it is, or in thousandths: milliseconds that are shown as seconds.
    if ([number, -number, number / 1000].some((one) => Math.abs(one / scale - value) <= half)) return true;
  }
  return false;
}

test("every number on every page is the API's", () =>
  within({}, async ({ page, go }) => {
    const answers = new Map<string, unknown>();
    const reading: Promise<void>[] = [];
    page.on("response", (response) => {
      const url = new URL(response.url());
      if (!url.pathname.startsWith("/v1/")) return;
      reading.push(
        response
          .json()
          .then((answer: unknown) => void answers.set(`${answers.size} ${url.pathname}`, answer))
          .catch(() => undefined),
      );
    });
    const constants: string[] = JSON.stringify([en, laterTexts.en]).match(/\d+/g) ?? [];
    for (const { path, data, name } of kPlaces) {
      answers.clear();
      await go(path());
      await page.locator(data).first().waitFor(kFor);
      await page
        .locator(".loading")
        .first()
        .waitFor({ state: "detached", ...kFor });
      for (const toggle of await page.locator("button.toggle").all()) await toggle.click();
      const text = await textOf(page);
      await Promise.all(reading);
      const known: Known = { numbers: new Set(), texts: [path()], times: [] };
      for (const answer of answers.values()) learn(answer, known);
      for (const number of [...derived(answers), ...[...answers.values()].flatMap(sharesIn)]) known.numbers.add(number);
      let left = text.replace(kFixed, " ");
      for (const date of datesOf(known.times)) left = left.replaceAll(date, " ");
      // Names with figures in them, "Heat (1995)"; ids that are figures are left and compared whole.
      const ids = new Set(known.texts.filter((word) => /^\d+$/.test(word)));
      const words = known.texts.filter((word) => /\d/.test(word) && !ids.has(word)).sort((a, b) => b.length - a.length);
      for (const word of words) left = left.replaceAll(word, " ");
      const shown = left.match(/-?\d[\d,]*(?:\.\d+)?\s?(?:%|[KMB]\b)?/g) ?? [];
      const strange = shown
        .map((one) => one.trim().replace(/,$/, ""))
        .filter((one) => !isFigureOf(one, known.numbers) && !ids.has(one) && !constants.includes(one));
      assert.deepEqual(strange, [], `${name}:\n${text}`);
    }
  }));
