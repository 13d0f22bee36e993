// What the page of experiments says of the versions, of the lists that were shown, and of what to do next.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { assertNoSideways, kNarrow, shoot, type Language } from "./browser";
import { ask, kFor, within } from "./harness";

const kNow = 1_795_000_000;
const check = {
  users: 200,
  metric: "ndcg@10",
  ranker: 0.1102,
  best_model: "item_knn",
  best_model_value: 0.1487,
  delta: -0.0385,
  low: -0.0561,
  high: -0.0209,
  worse: true,
};
const version = (name: string, more: object) => ({
  version: name,
  trained: "2026-11-18T09:30:00Z",
  events: 0,
  current: false,
  dataset: "2f0c",
  validation: 0.28,
  forgotten_since: 0,
  live_check: null,
  ...more,
});
const swap = (from: string, to: string, more: object) => ({
  time: new Date(1000 * (kNow - 3600)).toISOString(),
  from,
  to,
  compared: null,
  refused: null,
  refused_code: null,
  failed: null,
  failed_code: null,
  ...more,
});

const kShown = {
  since: kNow - 86_400,
  impressions: 5000,
  shown: 50_000,
  clicks: 4000,
  ctr: 0.08,
  likes: 30,
  dislikes: 10,
  like_rate: 0.75,
  mean_dwell_s: 41.5,
  mean_rating: 3.5,
  ratings: 12,
  ctr_by_position: [],
};
const kNothing = {
  ...kShown,
  since: null,
  impressions: 0,
  shown: 0,
  clicks: 0,
  ctr: null,
  likes: 0,
  dislikes: 0,
  like_rate: null,
  mean_dwell_s: null,
  mean_rating: null,
  ratings: 0,
};

async function answered(page: Page, satisfaction: object, models: object[], swaps: object[]): Promise<void> {
  const overview = await ask<object>("/v1/overview");
  await page.route("**/v1/overview", (route) => route.fulfill({ json: { ...overview, now: kNow, satisfaction } }));
  await page.route("**/v1/models", (route) => route.fulfill({ json: { current: "20261125T1", models, swaps } }));
}

const rowOf = (page: Page, name: string) =>
  page.getByRole("row").filter({ has: page.getByText(name, { exact: true }) });

test("versions on the same users, rankers beside their best models, and what users made of their lists", () =>
  within({}, async ({ page, faults, go }) => {
    const models = [
      version("20261125T1", {
        current: true,
        live_check: { ...check, delta: 0.02, low: 0.01, high: 0.03, worse: false },
      }),
      version("20261118T1", { live_check: check }),
      version("20261111T1", { live_check: { ...check, delta: 0.001, low: -0.01, high: 0.01, worse: false } }),
    ];
    const swaps = [
      swap("20261118T1", "20261125T1", { compared: { users: 184, metric: "ndcg@10", to: 0.1266, from: 0.1102 } }),
      swap("20261118T1", "20261124T1", {
        compared: { users: 171, metric: "ndcg@10", to: 0.0312, from: 0.1087 },
        refused: "NDCG@10 of 171 users' newest events is 0.0312, and 0.1087 with the serving version",
      }),
      swap("20261111T1", "20261118T1", {}),
    ];
    await answered(page, kShown, models, swaps);
    await go("experiments");
    const compared = page.locator(".panel", { hasText: "Versions on the same recent events" }).locator("tbody tr");
    await compared.first().waitFor(kFor);
    assert.equal(await compared.count(), 2, "only what was compared");
    const first = (await compared.nth(0).textContent())!;
    for (const part of ["20261125T1", "0.1266", "20261118T1", "0.1102", "184", "put in use"]) {
      assert.ok(first.includes(part), `${part} in ${first}`);
    }
    assert.match((await compared.nth(1).textContent())!, /0\.0312.*0\.1087.*171.*refused: clearly worse/);

    const parts = page.locator(".panel", { hasText: "Ranker beside its best model" });
    const said = async (name: string) => (await rowOf(page, name).last().textContent())!;
    assert.equal(await parts.locator("tbody tr").count(), 3);
    assert.match(await parts.locator("tr", { hasText: "20261125T1" }).innerText(), /better than its best model/);
    assert.match(
      await parts.locator("tr", { hasText: "20261118T1" }).innerText(),
      /Similar items.*worse: train again/s,
    );
    assert.match(await parts.locator("tr", { hasText: "20261111T1" }).innerText(), /no clear difference/);
    assert.ok((await said("20261118T1")).includes("-0.0385"));
    const worse = parts.locator("tr", { hasText: "20261118T1" });
    await worse.getByText("Similar items").click();
    await worse.getByText("item_knn", { exact: true }).waitFor(kFor);

    const felt = page.locator(".panel", { hasText: "What users made of their lists" });
    assert.match((await felt.innerText()).replace(/\s+/g, " "), /8\.00% 4,000 clicks \/ 50,000 items shown/);
    assert.match(await felt.innerText(), /5,000 lists that were recorded as shown/);
    assert.match(await felt.innerText(), /3 versions served in that time/);
    // 72,254 items at 8 % and 5 %, of 50,000 a day.
    await page.getByText(/each takes 1 d \d+ h/).waitFor(kFor);
    await shoot(page, "experiments-measured");
    assert.deepEqual(faults, []);
  }));

test("how long a test takes is not told from the pace of minutes", () =>
  within({}, async ({ page, go }) => {
    await answered(page, { ...kShown, since: kNow - 1200 }, [version("20261125T1", { current: true })], []);
    await go("experiments");
    await page.getByText("after a day of lists").waitFor(kFor);
    assert.equal(await page.getByText("each takes").count(), 0);
    const rating = page.locator(".tile", { hasText: "Mean rating" });
    assert.match((await rating.innerText()).replace(/\s+/g, " "), /3\.5 from 12 ratings/);
  }));

for (const language of ["en", "zh"] as Language[]) {
  test(`where nothing is measured, the page says so and what to do next, ${language}`, () =>
    within({ language, size: kNarrow }, async ({ page, faults, go }) => {
      await answered(page, kNothing, [version("20261125T1", { current: true })], []);
      await go("experiments");
      await page.locator(".needs li").first().waitFor(kFor);
      assert.equal(await page.locator(".empty").count(), 3);
      assert.equal(await page.locator(".tile").count(), 0, "no figure where nothing was counted");
      assert.equal(await page.locator(".needs li").count(), 3);
      await page.locator(".needs", { hasText: "haina train --from-store" }).waitFor(kFor);
      assert.equal(await page.locator(".big-number").textContent(), "–");
      await assertNoSideways(page);
      assert.deepEqual(faults, []);
    }));
}
