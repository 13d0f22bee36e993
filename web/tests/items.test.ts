// Every item is found, told whether lists can show it and what keeps it out, and hidden or shown again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { shoot } from "./browser";
import { ask, item, kFor, kOnlyMock, within } from "./harness";

interface Answer {
  hidden: boolean;
  listed: boolean;
  left_out: object[];
}

const answerOf = (id: string) => ask<Answer>(`/v1/items/${encodeURIComponent(id)}`);
const rowOf = (page: Page, id: string) =>
  page.locator("tr", { has: page.locator("td.mono", { hasText: new RegExp(`^${id}$`) }) });

const kBoth = {
  hidden: true,
  live: false,
  listed: false,
  left_out: [{ by: "hidden" }, { by: "rule", rule: "never" }],
};
const kFound = [
  { item: "10", title: "A", hidden: false, live: false, listed: true, left_out: [] },
  { item: "11", title: "B", hidden: false, live: true, listed: true, left_out: [] },
  { item: "12", title: "C", hidden: true, live: false, listed: false, left_out: [{ by: "hidden" }] },
  { item: "13", title: "D", ...kBoth },
];

const kTags = {
  en: [["can be listed"], ["can be listed", "added since training"], ["hidden"], ["hidden", "left out by rule never"]],
  zh: [["可进入列表"], ["可进入列表", "训练后添加"], ["已隐藏"], ["已隐藏", "被规则 never 排除"]],
};

for (const language of ["en", "zh"] as const) {
  test(`the state of each item, and pages of them, ${language}`, () =>
    within({ language }, async ({ page, faults, go }) => {
      const asked: URLSearchParams[] = [];
      await page.route("**/v1/items?**", (route) => {
        const query = new URL(route.request().url()).searchParams;
        asked.push(query);
        return route.fulfill({ json: { total: 1234, offset: Number(query.get("offset")), items: kFound } });
      });
      await go("items");
      for (const [i, { item: id }] of kFound.entries()) {
        await rowOf(page, id).waitFor(kFor);
        assert.deepEqual(await rowOf(page, id).locator(".standing li").allTextContents(), kTags[language][i]);
      }
      const range = language === "en" ? "1–4 of 1,234" : "第 1–4 个，共 1,234 个";
      await page.getByText(range, { exact: true }).waitFor(kFor);
      await page.getByRole("button", { name: language === "en" ? "Next" : "下一页" }).click();
      await page.getByText(range.replace("1–4", "51–54"), { exact: true }).waitFor(kFor);
      assert.deepEqual(
        asked.map((query) => [query.get("state"), query.get("offset"), query.get("limit")]),
        [
          ["all", "0", "50"],
          ["all", "50", "50"],
        ],
      );
      assert.deepEqual(faults, []);
    }));
}

test("a hidden and filtered item is found, shown again, and then still left out by its rule", kOnlyMock, () =>
  within({}, async ({ page, faults, go }) => {
    const id = "168";
    await page.route(`**/v1/search**`, (route) => route.abort());
    await go("items");
    await page.getByText("1–50 of 400", { exact: true }).waitFor(kFor);
    await page.getByLabel("Part of the title").fill("hidden LIGHT");
    const row = rowOf(page, id);
    await row.getByRole("button", { name: "Hide Hidden Lighthouse" }).click();
    const show = row.getByRole("button", { name: "Show Hidden Lighthouse" });
    await show.waitFor(kFor);
    assert.deepEqual(await row.locator(".standing li").allTextContents(), ["hidden", "left out by rule never"]);

    await page.getByLabel("Which items").selectOption("Kept out of lists");
    await page.getByLabel("Part of the title").fill("168");
    await page.waitForURL(/query=168/);
    await page.getByText("1–1 of 1", { exact: true }).waitFor(kFor);
    assert.deepEqual((await answerOf(id)).left_out, [{ by: "hidden" }, { by: "rule", rule: "never" }]);
    await shoot(page, "items-kept-out");
    await show.click();
    await page.locator(".toast", { hasText: "still left out by rule never" }).waitFor(kFor);
    await row.getByRole("button", { name: "Hide Hidden Lighthouse" }).waitFor(kFor);
    assert.deepEqual(await row.locator(".standing li").allTextContents(), ["left out by rule never"]);
    assert.equal((await answerOf(id)).hidden, false);

    // The way back from an item leads to where it was found.
    await row.getByRole("rowheader").getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: /Hidden Lighthouse/ }).waitFor(kFor);
    await page.goBack();
    await row.waitFor(kFor);
    assert.equal(await page.getByLabel("Part of the title").inputValue(), "168");
    assert.equal(await page.getByLabel("Which items").inputValue(), "left_out");
    assert.deepEqual(faults, []);
  }),
);

test("only what is kept out, by pages, and what is not found", kOnlyMock, () =>
  within({}, async ({ page, go }) => {
    const { total } = await ask<{ total: number }>("/v1/items?state=left_out");
    await go("items?state=left_out");
    await page.getByText(`1–${total} of ${total}`, { exact: true }).waitFor(kFor);
    assert.equal(await page.locator(".standing .dot.good").count(), 0);
    await go("items?offset=5000");
    await page.getByText("351–400 of 400", { exact: true }).waitFor(kFor);
    await go("items?query=nowhere");
    await page.getByText("No item found").waitFor(kFor);
  }),
);

const kWords = {
  en: {
    can: "Lists can show this item.",
    cannot: "No list can show this item. What keeps it out:",
    reasons: ["hidden", "left out by rule never"],
    state: "Kept out of lists",
  },
  zh: {
    can: "列表可以展示此物品。",
    cannot: "任何列表都不会展示此物品，原因：",
    reasons: ["已隐藏", "被规则 never 排除"],
    state: "不进入列表",
  },
};

for (const language of ["en", "zh"] as const) {
  test(`an item says in words whether lists can show it, ${language}`, () =>
    within({ language }, async ({ page, faults, go }) => {
      const { can, cannot, reasons, state } = kWords[language];
      const path = `items/${encodeURIComponent(item)}`;
      const found = await ask<object>(`/v1/${path}`);
      await page.route(`**/v1/${path}`, (route) => route.fulfill({ json: { ...found, ...kBoth } }));
      await go(path);
      const said = page.locator(".kept-out");
      await said.waitFor(kFor);
      assert.equal(await said.locator("p").textContent(), cannot);
      assert.deepEqual(await said.locator("li").allTextContents(), reasons);
      await page.locator(".tile-value", { hasText: state }).waitFor(kFor);
      await page.unroute(`**/v1/${path}`);
      await page.route(`**/v1/${path}`, (route) =>
        route.fulfill({ json: { ...found, hidden: false, listed: true, left_out: [] } }),
      );
      await page.reload();
      await page.getByText(can, { exact: true }).waitFor(kFor);
      assert.equal(await said.count(), 0);
      assert.deepEqual(faults, []);
    }));
}

test("whoever opens an item while the search is still to be sent stays there", kOnlyMock, () =>
  within({}, async ({ page, go }) => {
    await go("items");
    const row = rowOf(page, "5");
    await row.waitFor(kFor);
    await page.getByLabel("Part of the title").fill("5");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /Winter Horizon/ }).waitFor(kFor);
    await page.waitForTimeout(500);
    assert.ok(page.url().endsWith("#/items/5"), page.url());
  }),
);

test("entities of a graph are shown by name, and counted where they have none", () =>
  within({}, async ({ page, go }) => {
    const values = ["by|Agnès Varda", "by|m.0bj9k", "actor|m.01_x", "actor|m.02", "~sequel|Cléo", "France"];
    const fields = [{ name: "kg.entities", type: "links", values, present: true }];
    const found = await ask<object>(`/v1/items/${encodeURIComponent(item)}`);
    await page.route(`**/v1/items/${encodeURIComponent(item)}`, (route) =>
      route.fulfill({ json: { ...found, fields } }),
    );
    await go(`items/${encodeURIComponent(item)}`);
    await page.getByText("6 links").click();
    const lines = await page.locator(".links li").allTextContents();
    assert.deepEqual(lines, ["by Agnès Varda, 1 without a name", "actor 2 without a name", "~sequel Cléo", "France"]);
    assert.doesNotMatch(await page.locator("main").innerText(), /m\.0/);
  }));

test("the largest groups of the map have colours, in the order of their names, and all other items are counted", () =>
  within({}, async ({ page, faults, go }) => {
    // Years: 1950 to 1959 have one item each, 1990 to 1999 have three, two items have none.
    const years = [
      ...Array.from({ length: 10 }, (_, i) => String(1950 + i)),
      ...Array.from({ length: 30 }, (_, i) => String(1990 + (i % 10))),
      null,
      null,
    ];
    const items = years.map((group, i) => ({ item: `m${i}`, title: `Item ${i}`, x: i / 42, y: 0.5, group }));
    await page.route("**/v1/map**", (route) => route.fulfill({ json: { group_field: "year", items } }));
    await go("items");
    const legend = page.locator(".map-legend li");
    await legend.first().waitFor(kFor);
    assert.deepEqual(await legend.allInnerTexts(), [
      ...Array.from({ length: 10 }, (_, i) => String(1990 + i)),
      "other or none (12)",
    ]);
    await page.getByText("Similar items lie close together").waitFor(kFor);
    await shoot(page, "map-groups");
    assert.deepEqual(faults, []);
  }));
