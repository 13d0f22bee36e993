// Reasons come in five families, with the same colours everywhere, and the engine's own names only under "Details".
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { byFamily, familiesOf, familyOf, kFamilies, largestOf, strongestOf } from "../src/families";
import { kNarrow, kWide } from "./browser";
import { contrast, nearestPair } from "./colours";
import { ask, kFor, kPlaces, user, within } from "./harness";

const kModels = {
  taste: ["ease", "ials", "rp3beta", "graph_filter", "user_knn", "conversions", "friends", "network"],
  similar: ["item_knn", "item_knn_all", "cooccurrence", "cooccurrence_last", "cooccurrence_second"],
  trending: ["popularity", "trending"],
  content: ["content", "content.movies.genres", "movies.genres", "query"],
};

async function coloursOf(page: Page): Promise<{ families: string[]; surface: string }> {
  return page.evaluate((names) => {
    const style = getComputedStyle(document.documentElement);
    return {
      families: names.map((name) => style.getPropertyValue(`--${name}`).trim()),
      surface: style.getPropertyValue("--surface").trim(),
    };
  }, kFamilies);
}

test("every model and source has its family", () => {
  for (const [family, names] of Object.entries(kModels)) {
    for (const name of names) assert.equal(familyOf(name), family, name);
  }
  const shares = familiesOf({
    sources: { behaviour: 0.6, "movies.genres": 0.25, popularity: 0.15 },
    experts: { ease: 0.3, item_knn: 0.2, network: 0.3, "content.movies.genres": 0.05, popularity: 0.15 },
  });
  assert.deepEqual(
    kFamilies.map((family) => shares[family].toFixed(2)),
    ["0.40", "0.20", "0.15", "0.25", "0.00"],
  );
  assert.equal(byFamily({ ease: 3, popularity: 1 }).taste, 0.75);
});

test("the colours are the same in both themes, and told apart with each kind of colour blindness", async () => {
  const found: string[][] = [];
  for (const theme of ["light", "dark"] as const) {
    await within({ theme }, async ({ page, go }) => {
      await go("overview");
      await page.locator("h1").waitFor(kFor);
      const { families, surface } = await coloursOf(page);
      const { distance, who } = nearestPair(families);
      assert.ok(distance >= 10, `${who}: ${distance.toFixed(1)}`);
      for (const family of families) assert.ok(contrast(family, surface) >= 3, `${family} on ${surface}`);
      found.push(families);
    });
  }
  assert.deepEqual(found[0], found[1]);
});

test("a family has one colour on every page", () =>
  within({}, async ({ page, faults, go }) => {
    const seen = new Map<string, Set<string>>();
    for (const path of [`users/${encodeURIComponent(user)}`, "training", "overview"]) {
      await go(path);
      const swatches = page.locator(":is(.legend li, .tags .tag):has(.swatch)");
      await swatches.first().waitFor(kFor);
      for (const swatch of await swatches.all()) {
        const name = (await swatch.textContent())!.replace(/[\s\d]+$/, "").trim();
        const colour = await swatch.locator(".swatch").evaluate((each) => getComputedStyle(each).backgroundColor);
        seen.set(name, (seen.get(name) ?? new Set()).add(colour));
      }
    }
    assert.ok(seen.has("Taste"), [...seen.keys()].join(", "));
    for (const [name, colours] of seen) assert.equal(colours.size, 1, name);
    assert.equal(new Set([...seen.values()].map((colours) => [...colours][0])).size, seen.size);
    assert.deepEqual(faults, []);
  }));

test("what is strongest is behaviour as a whole, and content is named by its own source", () => {
  const shares = { taste: 0.25, similar: 0.24, trending: 0.16, content: 0.35, rules: 0 };
  assert.equal(strongestOf(shares), "taste");
  assert.equal(strongestOf({ ...shares, similar: 0.3, content: 0.29 }), "similar");
  assert.equal(strongestOf({ ...shares, content: 0.5 }), "content");
  assert.equal(strongestOf({ taste: 0, similar: 0, trending: 0, content: 0, rules: 0 }), null);
  const sources = { behaviour: 0.3, "scans.scan": 0.44, "titles.title": 0.1, query: 0 };
  assert.equal(largestOf("content", sources), "scans.scan");
  assert.equal(largestOf("trending", sources), undefined);
});

test("the parts of a reason add up, and its sentence is not the API's", () =>
  within({}, async ({ page, go }) => {
    await go(`users/${encodeURIComponent(user)}`);
    const first = page.locator(".rec").first();
    await first.getByRole("button", { name: /^Why / }).click();
    const bars = first.getByLabel("Why", { exact: true }).locator(".bar-value");
    await bars.first().waitFor(kFor);
    const shares = (await bars.allTextContents()).map((text) => parseFloat(text));
    const sum = shares.reduce((all, share) => all + share, 0);
    assert.ok(Math.abs(sum - 100) <= 0.1 * shares.length + 2.5, `${shares.join(" + ")} = ${sum}`);
    const text = (await first.locator(".why-text").textContent())!;
    assert.ok(!/sources:|experts:|\(\d+ %\)/.test(text), text);
  }));

test("names of models are read under details only", () =>
  within({}, async ({ page, go }) => {
    const { model } = await ask<{ model: { experts: string[] } }>("/v1/overview");
    for (const { name, path, data } of kPlaces.filter((place) => place.name !== "quality")) {
      await go(path());
      await page.locator(data).first().waitFor(kFor);
      const text = await page.locator("main").innerText();
      for (const expert of model.experts.filter((each) => each.includes("_") || each === "ease")) {
        assert.ok(!new RegExp(`(^|\\W)${expert}(\\W|$)`, "m").test(text), `${expert} on ${name}`);
      }
    }
  }));

for (const size of [kWide, kNarrow]) {
  test(`reasons are read in full in their rows, ${size.width} px`, () =>
    within({ size }, async ({ page, go }) => {
      await go(`users/${encodeURIComponent(user)}`);
      await page.locator(".rec .stack-part").first().waitFor(kFor);
      const cut = await page
        .locator(".rec-sub")
        .evaluateAll((lines) => lines.filter((line) => line.scrollWidth > line.clientWidth).length);
      assert.equal(cut, 0);
    }));
}
