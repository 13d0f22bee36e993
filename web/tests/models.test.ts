// What the models page says of each version, and of a version that goes live while it is open.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertOnlyFailedAnswers, kNarrow, shoot } from "./browser";
import { ask, kFor, within } from "./harness";

const check = {
  users: 200,
  metric: "ndcg@10",
  ranker: 0.1102,
  best_model: "ease",
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
  validation: 0.2817,
  forgotten_since: 0,
  live_check: null,
  ...more,
});
const models = (current: string) => ({
  current,
  models: [
    version("20261125T101500", { current: current === "20261125T101500", events: 1836, validation: 0.2841 }),
    version("20261118T093000", { current: current === "20261118T093000", live_check: check }),
    version("20261111T094210", {
      dataset: "91ab",
      live_check: { ...check, delta: 0.01, low: 0, high: 0.02, worse: false },
    }),
  ],
  swaps: [
    {
      time: "2026-11-25T10:16:02Z",
      from: "20261118T093000",
      to: "20261125T101500",
      compared: { users: 184, metric: "ndcg@10", to: 0.1266, from: 0.1102 },
      refused: null,
    },
    {
      time: "2026-11-24T10:16:02Z",
      from: "20261118T093000",
      to: "20261124T101500",
      refused: "its list for a new user is empty",
      times: 5,
    },
  ],
});

test("figures of versions are named, and a ranker worse than its best model is marked", () =>
  within({}, async ({ page, faults, go }) => {
    await page.route("**/v1/models", (route) => route.fulfill({ json: models("20261125T101500") }));
    await go("models");
    for (const name of ["Live events learned", "NDCG@10, validation users"]) {
      await page.getByRole("columnheader", { name }).waitFor(kFor);
    }
    await page.getByText("Versions trained on different data are not comparable").waitFor(kFor);
    const row = (name: string) => page.getByRole("row", { name: new RegExp(name) });
    const worse = row("20261118T093000");
    const said = (await worse.textContent())!;
    for (const part of ["0.1102", "0.1487", "worse than its best model"]) assert.ok(said.includes(part), part);
    await worse.getByText("Details").click();
    await worse.getByText("Difference -0.0385, 95 % interval -0.0561 to -0.0209").waitFor(kFor);
    await worse.getByText("200 users").waitFor(kFor);
    assert.equal(await row("20261111T094210").getByText("worse than").count(), 0);
    await row("20261125T101500").getByText("not measured yet").waitFor(kFor);
    await shoot(page, "models-live-check");
    assert.deepEqual(faults, []);
  }));

test("figures of versions on other data are marked, and changes of version are listed with their reasons", () =>
  within({}, async ({ page, faults, go }) => {
    await page.route("**/v1/models", (route) => route.fulfill({ json: models("20261125T101500") }));
    await go("models");
    const row = (name: string) => page.getByRole("row", { name: new RegExp(name) });
    await row("20261111T094210").getByText("other data").waitFor(kFor);
    assert.equal(await row("20261118T093000").getByText("other data").count(), 0);
    const swaps = page.locator(".swaps li");
    await swaps.first().waitFor(kFor);
    assert.match((await swaps.nth(0).textContent())!, /Version 20261125T101500 is now in use/);
    assert.match((await swaps.nth(0).textContent())!, /NDCG@10 0\.1266, before 0\.1102, .* of 184 users/);
    assert.match(
      (await swaps.nth(1).textContent())!,
      /\d\d:\d\d · 20261124T101500 was refused.*new user is empty.*5 times in a row/,
    );
    assert.deepEqual(faults, []);
  }));

test("a version that goes live is announced on the page of models", () =>
  within({}, async ({ page, go }) => {
    let current = "20261118T093000";
    await page.route("**/v1/models", (route) => route.fulfill({ json: models(current) }));
    await go("models");
    await page.locator("tr.current").waitFor(kFor);
    assert.equal(await page.locator(".swapped").count(), 0);
    current = "20261125T101500";
    await page.locator(".live", { hasText: "Version 20261125T101500 is now in use" }).waitFor(kFor);
    await page.locator(".swapped", { hasText: "in place of 20261118T093000" }).waitFor(kFor);
    await page.locator("tr.current", { hasText: current }).waitFor(kFor);
  }));

test("a version that goes live is announced on the overview", () =>
  within({}, async ({ page, go }) => {
    const overview = await ask<{ model: object }>("/v1/overview");
    let name = "20261118T093000";
    await page.route("**/v1/overview", (route) =>
      route.fulfill({ json: { ...overview, model: { ...overview.model, version: name } } }),
    );
    await go("overview");
    await page.locator(".tile-value").first().waitFor(kFor);
    name = "20261125T101500";
    await page.locator(".live", { hasText: "Version 20261125T101500 is now in use" }).waitFor(kFor);
  }));

test("on a phone a version leaves room for what is said of it", () =>
  within({ size: kNarrow }, async ({ page, go }) => {
    const listed = models("20261125T101500");
    listed.models[1] = version("20261118T093000", { forgotten_since: 2 });
    await page.route("**/v1/models", (route) => route.fulfill({ json: listed }));
    await go("models");
    const name = page.getByRole("rowheader", { name: /20261118T093000/ });
    await name.getByText("trained with 2 users").waitFor(kFor);
    assert.ok((await name.boundingBox())!.width < kNarrow.width / 2);
  }));

for (const [language, asks, says, helps] of [
  ["en", "tested first", "20261118T093000 was not put in use: NDCG@10 of 171", "train again"],
  ["zh", "先用训练之后的用户行为检验", "未启用 20261118T093000：在 171", "请重新训练"],
] as const) {
  test(`a version is said to be tested, and to be refused, by its name, ${language}`, () =>
    within({ language }, async ({ page, faults, go }) => {
      await page.route("**/v1/models", (route) => route.fulfill({ json: models("20261125T101500") }));
      await page.route("**/v1/models/*/use", (route) =>
        route.fulfill({
          status: 422,
          contentType: "application/problem+json",
          body: JSON.stringify({
            title: "Unprocessable Content",
            status: 422,
            detail: "NDCG@10 of 171 users' newest events is 0.0312, and 0.1087 with the serving version",
            hint: 'train again, or skip this check with {"check": false}',
            at: "version",
            code: "version_is_worse",
            values: ["171", "0.0312", "0.1087"],
          }),
        }),
      );
      await go("models");
      await page.getByRole("button", { name: /20261118T093000/ }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText(asks).waitFor(kFor);
      await dialog.locator("button.primary").click();
      const toast = page.locator(".toast.bad");
      await toast.waitFor(kFor);
      const text = (await toast.textContent())!;
      for (const part of [says, helps]) assert.ok(text.includes(part), text);
      assert.ok(!text.includes("{"), text);
      assertOnlyFailedAnswers(faults);
    }));
}
