// What was once read wrongly: parts that did not add up, one name for two figures, texts cut on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { kNarrow } from "./browser";
import { ask, item, kFor, user, within } from "./harness";

const kTraining = {
  version: "20261125T101500",
  trained: "2026-11-25T10:15:00Z",
  users: 600,
  items: 300,
  seed: 7,
  metric: "ndcg@10",
  best_epoch: 2,
  epochs: [
    { epoch: 1, loss: 6.1, validation_metric: 0.03, seconds: 1 },
    { epoch: 2, loss: 5.1, validation_metric: 0.04, seconds: 1 },
  ],
  experts: [
    { name: "ease", params: { l2: 300 } },
    { name: "item_knn", params: {} },
  ],
  ranker: { models: ["ease", "item_knn", "content", "network"], weights: [0.3, 0.1, -0.1, 0], fit: "blend" },
  seconds: { experts: 2, network: 3, ranker: 5, total: 40 },
  source_weights: { id: 0.4, "items.genre": 0.6 },
  trials: Array.from({ length: 300 }, (_, i) => ({
    expert: "ease",
    kept: i === 0,
    params: { l2: i },
    value: i / 1000,
  })),
  scales: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`model_${i}`, { deviation: [1, 2], unit: [3, 4] }])),
};

async function trained(page: Page, more: object = {}): Promise<void> {
  await page.route("**/v1/training", (route) => route.fulfill({ json: { ...kTraining, ...more } }));
}

const panel = (page: Page, title: string) =>
  page.locator(".panel").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

test("the time of a training adds up to its whole", () =>
  within({}, async ({ page, go }) => {
    await trained(page);
    await go("training");
    await page.locator(".tile", { hasText: "Training time" }).getByText("40 s").waitFor(kFor);
    const bars = panel(page, "Time spent").locator(".bar-value");
    const seconds = (await bars.allTextContents()).map(parseFloat);
    assert.deepEqual(seconds, [2, 3, 5, 30]);
  }));

test("a training says what each model weighs in a list, and that the network weighs nothing", () =>
  within({}, async ({ page, faults, go }) => {
    await trained(page);
    await go("training");
    const weights = panel(page, "Weights in a list");
    await weights.waitFor(kFor);
    assert.deepEqual(await weights.locator(".bar:visible").allInnerTexts(), [
      "Taste\n60.0%",
      "Similar items\n20.0%",
      "Content, negative\n-20.0%",
    ]);
    await weights.getByText("Details").click();
    await weights.locator("details .bar", { hasText: "content" }).getByText("-20.0%").waitFor(kFor);
    await weights.getByText("Without weight: network").waitFor(kFor);
    await panel(page, "Source weights").getByText("The network has no weight").waitFor(kFor);
    // The network's own figure is not called as that of the whole on the page of models.
    await page.locator("figure", { hasText: "NDCG@10, network alone" }).waitFor(kFor);
    await page.unroute("**/v1/training");
    await trained(page, { ranker: { ...kTraining.ranker, weights: [0.3, 0.1, -0.1, 0.2] } });
    await page.reload();
    await weights.waitFor(kFor);
    assert.equal(await page.getByText("The network has no weight").count(), 0);
    assert.deepEqual(faults, []);
  }));

test("a long document opens as one screen, not as thousands of lines", () =>
  within({}, async ({ page, go }) => {
    await trained(page);
    await go("training");
    await page.getByText("Everything else in the document").click();
    await page.getByText("trials", { exact: true }).waitFor(kFor);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    assert.ok(height < 2500, `${height} px`);
    await panel(page, "More").getByText("300 entries").click();
    await page.getByRole("columnheader", { name: "kept" }).waitFor(kFor);
    await page.getByRole("cell", { name: "l2 7", exact: true }).waitFor(kFor);
  }));

test("how ids meet those of the events is a table, and fields without gaps are counted", () =>
  within({}, async ({ page, faults, go }) => {
    const quality = await ask<object>("/v1/quality");
    const meeting = { note: "", of_events: "u1", strangers: [] };
    const meetings = [
      { ...meeting, source: "profiles", side: "user", ids: 511, met: 1, events_met: 0.852 },
      { ...meeting, source: "stock", side: "item", ids: 40, met: 0.05, events_met: 0.02, strangers: ["x-7"] },
    ];
    const missing = { "a.one": 0.25, "a.two": 0, "a.three": 0 };
    await page.route("**/v1/quality", (route) => route.fulfill({ json: { ...quality, meetings, missing } }));
    await go("quality");
    const said = async (source: string) => {
      const table = panel(page, "How ids meet those of the events").getByRole("row");
      const row = table.filter({ has: page.getByRole("rowheader", { name: source, exact: true }) });
      return row.locator("td").allTextContents();
    };
    await page.getByRole("rowheader", { name: "stock", exact: true }).waitFor(kFor);
    assert.deepEqual(await said("profiles"), ["users", "511", "100.0%", "85.2%", "–"]);
    assert.deepEqual(await said("stock"), ["items", "40", "5.0%", "2.0%", "x-7"]);
    assert.equal(await page.locator("td.warn", { hasText: "5.0%" }).count(), 1);
    const gaps = panel(page, "Missing values by field");
    assert.deepEqual(await gaps.locator(".bar").allInnerTexts(), ["a.one\n25.0%"]);
    await gaps.getByText("2 fields have no gaps").waitFor(kFor);
    assert.deepEqual(faults, []);
  }));

test("live rows of a source are told from those of its files", () =>
  within({}, async ({ page, go }) => {
    const quality = await ask<object>("/v1/quality");
    const source = { kind: "items", read: 3, accepted: 3, rejected: 0, rejects: [], dropped: 0 };
    const sources = ["stock", "price", "stock"].map((name) => ({ ...source, name }));
    await page.route("**/v1/quality", (route) => route.fulfill({ json: { ...quality, sources } }));
    await go("quality");
    const names = panel(page, "Sources").locator("tbody th");
    await names.first().waitFor(kFor);
    assert.deepEqual(await names.allTextContents(), ["stock", "price", "stocklive"]);
  }));

test("a search says why, and an item of the history is not called near to itself", () =>
  within({}, async ({ page, go }) => {
    const asked: string[] = [];
    const why = {
      sources: { query: 0.9, behaviour: 0.1 },
      experts: { ease: 1 },
      nearest: [
        { item: "1", title: "Itself", similarity: 1 },
        { item: "2", title: "Another", similarity: 0.8 },
      ],
      channel: "query",
    };
    await page.route("**/v1/search?**", (route) => {
      asked.push(route.request().url());
      return route.fulfill({ json: { items: [{ item: "1", title: "Itself", score: 1, why }], notes: [] } });
    });
    await go(`search?q=war&user=${encodeURIComponent(user)}`);
    const row = page.locator(".rec").first();
    await row.waitFor(kFor);
    assert.ok(
      asked.every((url) => url.includes("explain=1") && url.includes("record=0")),
      asked.join(" "),
    );
    const reason = (await row.locator(".rec-sub").textContent())!;
    assert.ok(reason.includes("close to Another in the history"), reason);
    assert.ok(!reason.includes("close to Itself"), reason);
    assert.match(reason, /words that were asked for/);
    await row.locator("button.toggle").click();
    assert.deepEqual(await row.locator(".near a").allTextContents(), ["Another"]);
  }));

test("what friends took is not called the taste of others", () =>
  within({}, async ({ page, go }) => {
    const list = await ask<{ items: object[] }>(`/v1/users/${encodeURIComponent(user)}/recommendations?k=10&explain=1`);
    const of = (friends: number) => ({
      sources: { behaviour: 1 - friends, friends },
      experts: { ease: 1 - friends, friends },
    });
    const items = [0.7, 0.2].map((friends, i) => ({ ...list.items[i], why: of(friends) }));
    await page.route("**/recommendations?**", (route) => route.fulfill({ json: { ...list, items } }));
    await go(`users/${encodeURIComponent(user)}`);
    const rows = page.locator(".rec-sub");
    await rows.first().waitFor(kFor);
    assert.match((await rows.nth(0).textContent())!, /users whom this one follows took it/i);
    assert.match((await rows.nth(1).textContent())!, /users with the same taste took it/i);
  }));

test("similarity is a share everywhere, and one family alone shows its parts", () =>
  within({}, async ({ page, go }) => {
    const path = `/v1/items/${encodeURIComponent(item)}`;
    const found = await ask<object>(path);
    await page.route(`**${path}`, (route) =>
      route.fulfill({ json: { ...found, sources: { id: 0, "movies.year": 0.25, "movies.title": 0.75 } } }),
    );
    await page.route(`**${path}/similar?**`, (route) =>
      route.fulfill({ json: { item, items: [{ item: "2", title: "Near", score: 0.8514 }] } }),
    );
    await go(`items/${encodeURIComponent(item)}`);
    await page.getByRole("cell", { name: "85%", exact: true }).waitFor(kFor);
    const bars = panel(page, "Weight of each source").locator(".bar:visible");
    assert.deepEqual(await bars.allInnerTexts(), ["movies.title\n75.0%", "movies.year\n25.0%"]);
  }));

test("on a phone the values of a field have the whole width", () =>
  within({ size: kNarrow }, async ({ page, go }) => {
    await go(`items/${encodeURIComponent(item)}`);
    const value = page.locator(".fields td:nth-child(4):not(:empty)").first();
    await value.waitFor(kFor);
    const { width } = (await value.boundingBox())!;
    assert.ok(width > 300, `${width} px`);
  }));

test("on a phone the command for the first key is read in full", () =>
  within({ size: kNarrow }, async ({ page, go }) => {
    await page.route("**/v1/keys", (route) => route.fulfill({ json: { keys: [] } }));
    await go("keys");
    const command = page.getByLabel("Command for the first key");
    await command.waitFor(kFor);
    assert.match(await command.inputValue(), /--scope admin --store/);
    const cut = await command.evaluate(
      (box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1,
    );
    assert.equal(cut, false);
  }));
