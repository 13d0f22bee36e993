// What the console shows when a request is refused, fails, or gives something unexpected; models and keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertOnlyFailedAnswers, shoot } from "./browser";
import { kFor, kOnlyMock, kPlaces, within } from "./harness";

test("a refused call asks for a key, and the key is sent", () =>
  within({ key: "" }, async ({ page, faults, go }) => {
    await page.route("**/v1/**", (route) =>
      route.request().headers()["x-api-key"] === "haina_right"
        ? route.fulfill({ json: { keys: [{ name: "one", scope: "read" }] } })
        : route.fulfill({
            status: 401,
            contentType: "application/problem+json",
            body: JSON.stringify({ title: "Unauthorized", status: 401, detail: "no valid key", hint: "send one" }),
          }),
    );
    await go("keys");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor(kFor);
    await dialog.getByText("no valid key").waitFor(kFor);
    await shoot(page, "key-dialog");
    await dialog.getByLabel("Key", { exact: true }).fill("haina_right");
    await page.keyboard.press("Enter");
    await page.getByRole("rowheader", { name: "one" }).waitFor(kFor);
    assert.equal(await dialog.count(), 0);
    assertOnlyFailedAnswers(faults);
  }));

test("problems show what happened and what helps", () =>
  within({}, async ({ page, faults, go }) => {
    const body = JSON.stringify({
      title: "Service Unavailable",
      status: 503,
      detail: "disk full",
      hint: "free some",
      at: "store",
    });
    await page.route("**/v1/**", (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", body }),
    );
    for (const { name, path } of kPlaces.filter((place) => place.name !== "experiments")) {
      await go(path());
      const failure = page.locator(".failure").first();
      await failure.waitFor(kFor);
      const text = (await failure.textContent())!;
      for (const part of ["503", "disk full", "free some"]) assert.ok(text.includes(part), `${part} on ${name}`);
    }
    await shoot(page, "failure");
    assertOnlyFailedAnswers(faults);
  }));

test("a server that cannot be reached is said to be so", () =>
  within({}, async ({ page, faults, go }) => {
    await page.route("**/v1/**", (route) => route.abort());
    await go("models");
    await page.getByText("The server cannot be reached.").waitFor(kFor);
    await page.unroute("**/v1/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("tr.current").waitFor(kFor);
    assertOnlyFailedAnswers(faults);
  }));

test("documents without anything in them do not break a page", () =>
  within({}, async ({ page, faults, go }) => {
    for (const name of ["quality", "training"]) {
      await page.route(`**/v1/${name}`, (route) => route.fulfill({ json: { surprise: { deep: [1, { a: null }] } } }));
      await go(name);
      await page.getByText("Everything else in the document").click();
      await page.getByText("surprise").waitFor(kFor);
      await page.locator(".empty").first().waitFor(kFor);
    }
    await page.route("**/v1/models", (route) => route.fulfill({ json: { current: "", models: [] } }));
    await go("models");
    await page.getByText("No model yet").waitFor(kFor);
    await page.route("**/v1/map**", (route) => route.fulfill({ json: { group_field: null, items: [] } }));
    await go("items");
    await page.getByText("No map").waitFor(kFor);
    assert.deepEqual(faults, []);
  }));

test("an answer of another shape breaks its page only", () =>
  within({}, async ({ page, go }) => {
    await page.route("**/v1/overview", (route) => route.fulfill({ json: {} }));
    await go("overview");
    await page.getByText("The answer cannot be shown.").waitFor(kFor);
    await page.getByRole("link", { name: "Models" }).click();
    await page.locator("tr.current").waitFor(kFor);
  }));

test("errors and empty lists by special ids", kOnlyMock, () =>
  within({}, async ({ page, faults, go }) => {
    await go("users/error");
    await page.getByText("the ranker ran out of memory").first().waitFor(kFor);
    await shoot(page, "user-error");
    await go("users/empty");
    await page.getByText("Nothing to recommend here").waitFor(kFor);
    await page.getByText("No event yet.").waitFor(kFor);
    await go("search?q=xyzzy");
    await page.getByText("No item has any of these words").waitFor(kFor);
    await go("items/no-such-item");
    await page.getByText("unknown item 'no-such-item'").first().waitFor(kFor);
    await go("nowhere");
    await page.getByText("There is no such page").waitFor(kFor);
    assertOnlyFailedAnswers(faults);
  }),
);

test("ids may hold any character", kOnlyMock, () =>
  within({}, async ({ page, faults, go }) => {
    await go(`items/${encodeURIComponent("a/b?c#d %")}`);
    await page.locator(".page-head .mono", { hasText: "a/b?c#d %" }).waitFor(kFor);
    await page.locator("table tbody tr").first().waitFor(kFor);
    assert.deepEqual(faults, []);
  }),
);

test("a model is used and rolled back, each after a question", kOnlyMock, () =>
  within({}, async ({ page, faults, go }) => {
    await go("models");
    const current = page.locator("tr.current th");
    const first = await current.textContent();
    await page.getByRole("button", { name: /^Use / }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    assert.equal(await current.textContent(), first);
    await page.getByRole("button", { name: /^Use / }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Use" }).click();
    await page.locator("tr.current th", { hasNotText: first! }).waitFor(kFor);
    await page.getByRole("button", { name: "Roll back" }).click();
    await shoot(page, "rollback");
    await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
    await page.locator("tr.current th", { hasText: first! }).waitFor(kFor);
    assert.deepEqual(faults, []);
  }),
);

test("a key is added, shown once, and revoked", kOnlyMock, () =>
  within({}, async ({ page, faults, go }) => {
    await go("keys");
    await page.getByLabel("Name").fill("made by a test");
    await page.getByRole("button", { name: "Add key" }).click();
    const dialog = page.getByRole("dialog");
    assert.match(await dialog.getByLabel("Key").inputValue(), /^haina_/);
    await shoot(page, "new-key");
    await dialog.getByRole("button", { name: "Done" }).click();
    const row = page.getByRole("row", { name: /made by a test/ });
    await row.getByRole("button").click();
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await row.waitFor({ state: "detached", ...kFor });
    assert.deepEqual(faults, []);
  }),
);

const refusalOf = (status: number, more: object) => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ title: status === 401 ? "Unauthorized" : "Not Found", status, values: [], ...more }),
});

for (const [language, asks, hint] of [
  ["en", "Enter a key", "enter a key; haina keys add makes one"],
  ["zh", "输入密钥", "请输入密钥"],
] as const) {
  test(`a server that wants a key is not said to be lost, ${language}`, () =>
    within({ language, key: "" }, async ({ page, go }) => {
      const refused = refusalOf(401, {
        detail: "no API key was sent",
        hint: "send a key as X-API-Key or Authorization: Bearer; haina keys add makes one",
        code: "no_key_sent",
      });
      await page.route("**/v1/overview", (route) => route.fulfill(refused));
      await go("overview");
      const dialog = page.getByRole("dialog");
      await dialog.waitFor(kFor);
      const why = (await dialog.locator(".dialog-why").textContent())!;
      assert.ok(why.includes(hint) && !why.includes("X-API-Key"), why);
      assert.equal(await page.locator(".status").textContent(), asks);
    }));
}

test("an item that is not there is said to be so, without what does not help", () =>
  within({}, async ({ page, go }) => {
    const missing = refusalOf(404, {
      detail: "unknown item 'i9999'",
      hint: "did you mean 'i999'? known: i262, i006, i001 and 291 more",
      at: "id",
      code: "unknown_item",
      values: ["i9999"],
    });
    await page.route("**/v1/items/i9999", (route) => route.fulfill(missing));
    await go("items/i9999");
    const failure = page.locator(".failure");
    await failure.waitFor(kFor);
    const text = await failure.innerText();
    assert.match(text, /unknown item 'i9999'[^]*did you mean 'i999'\? the page of items finds/);
    assert.ok(!text.includes("known: i262") && !/^id$/m.test(text), text);
    assert.equal(await failure.getByRole("button").count(), 0);
  }));
