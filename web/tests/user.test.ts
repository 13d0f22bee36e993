// What the page of a user, the overview and the search say where there is little to say.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { ask, kFor, user, within } from "./harness";

const event = (live: boolean) => ({ item: "1", title: "One", action: "view", time: null, value: null, live });

async function known(page: Page, history: object[], events = history.length): Promise<void> {
  const about = { user, known: true, forgotten: false, profile: {}, friends: [], events, history };
  await page.route(`**/v1/users/${encodeURIComponent(user)}`, (route) => route.fulfill({ json: about }));
}

for (const [language, fresh, trained] of [
  ["en", "New since the training: known by live events", "Known to the model"],
  ["zh", "训练之后出现：由实时事件得知", "模型已知"],
] as const) {
  test(`a user who came after the training is not said to be known to the model, ${language}`, () =>
    within({ language }, async ({ page, faults, go }) => {
      await known(page, [event(true), event(true)]);
      await go(`users/${encodeURIComponent(user)}`);
      const badge = page.locator(".page-head .tag");
      await badge.waitFor(kFor);
      assert.equal(await badge.textContent(), fresh);
      for (const [history, events] of [
        [[event(true), event(false)], 2],
        [[event(true)], 250],
      ] as const) {
        await page.unroute(`**/v1/users/${encodeURIComponent(user)}`);
        await known(page, [...history], events);
        await page.reload();
        await badge.waitFor(kFor);
        assert.equal(await badge.textContent(), trained);
      }
      assert.deepEqual(faults, []);
    }));
}

test("the overview says which users and items it counts, and nothing of ratings that nobody gave", () =>
  within({}, async ({ page, go }) => {
    const overview = await ask<{ lists: object; satisfaction: object }>("/v1/overview");
    const satisfaction = { ...overview.satisfaction, mean_rating: null, ratings: 0, ctr_by_position: [] };
    const lists = { ...overview.lists, series: [], p50_ms: null, p99_ms: null };
    await page.route("**/v1/overview", (route) => route.fulfill({ json: { ...overview, lists, satisfaction } }));
    await go("overview");
    for (const text of ["Users, as trained", "Items, with those added since", "no rating yet"]) {
      await page.getByText(text).waitFor(kFor);
    }
    await page.locator(".empty", { hasText: "as soon as lists are asked for" }).waitFor(kFor);
    await page.locator(".empty", { hasText: "send the clicks" }).waitFor(kFor);
    assert.ok(!(await page.locator("main").innerText()).includes("of 0 ratings"));
  }));

const kNoted = {
  k: 20,
  notes: ["no history: the list is a newcomer's", "no item has any of the words 'xyz'", "0 items are all there is"],
  note_codes: [
    { code: "no_history", values: [] },
    { code: "no_item_has_words", values: ["xyz"] },
    { code: "all_beyond_seen", values: ["0"] },
  ],
};

test("a search without a hit is told in one sentence, and nobody is called a newcomer where nobody is named", () =>
  within({}, async ({ page, faults, go }) => {
    let items: object[] = [];
    await page.route("**/v1/search?**", (route) => route.fulfill({ json: { ...kNoted, items } }));
    await go("search?q=xyz");
    await page.getByText("No item has any of these words").waitFor(kFor);
    assert.equal(await page.locator(".notes").count(), 0);
    items = [{ item: "1", title: "One", score: 1 }];
    await go("search?q=war");
    await page.locator(".rec").waitFor(kFor);
    assert.ok(!(await page.locator("main").innerText()).includes("newcomer"));
    assert.deepEqual(faults, []);
  }));

test("the channel of query words asks for words where there are none", () =>
  within({}, async ({ page, go }) => {
    await go(`users/${encodeURIComponent(user)}`);
    await page.locator(".rec").first().waitFor(kFor);
    await page.route("**/recommendations?**", (route) => route.fulfill({ json: { ...kNoted, items: [] } }));
    await page.getByLabel("Channel").selectOption("query");
    await page.locator(".empty", { hasText: "Type query words above" }).waitFor(kFor);
    assert.equal(await page.locator(".notes").count(), 0);
  }));
