// Run against HAINA_URL (with HAINA_KEY where keys are needed), or against the mock.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startMock } from "../mock/server.mjs";
import {
  assertNoSideways,
  assertOnlyFailedAnswers,
  kNarrow,
  kWide,
  launch,
  open,
  shoot,
  type Language,
  type Look,
  type Opened,
} from "./browser";

const kMocked = !process.env.HAINA_URL;
const kOnlyMock = kMocked ? {} : { skip: "needs the mock" };
const kFor = { timeout: 15000 };

let browser: Browser;
let url = process.env.HAINA_URL ?? "";
let stopMock = async (): Promise<unknown> => undefined;
let user = "";
let item = "";

function headers(): Record<string, string> {
  return process.env.HAINA_KEY ? { "X-API-Key": process.env.HAINA_KEY } : {};
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(new URL(path, url), { headers: headers() });
  assert.equal(response.status, 200, path);
  return (await response.json()) as T;
}

before(async () => {
  if (kMocked) {
    const mock = await startMock();
    url = mock.url;
    stopMock = mock.close;
  }
  browser = await launch();
  const { users } = await ask<{ users: string[] }>("/v1/users?limit=20");
  user = users[Math.min(1, users.length - 1)]!;
  const { items } = await ask<{ items: { item: string }[] }>("/v1/map?most=50");
  item = items[0]!.item;
});

after(async () => {
  await browser.close();
  await stopMock();
});

async function within(look: Look, work: (opened: Opened) => Promise<void>): Promise<void> {
  const opened = await open(browser, url, look);
  try {
    await work(opened);
  } catch (error) {
    await shoot(opened.page, "failed");
    throw error;
  } finally {
    await opened.context.close();
  }
}

interface Place {
  name: string;
  path: () => string;
  heading: Partial<Record<Language, string>>;
  // What shows that data has come.
  data: string;
}

const kPlaces: Place[] = [
  { name: "overview", path: () => "overview", heading: { en: "Overview", zh: "总览" }, data: ".tile-value" },
  { name: "users", path: () => "users", heading: { en: "Users", zh: "用户" }, data: ".id-grid a" },
  { name: "user", path: () => `users/${encodeURIComponent(user)}`, heading: {}, data: ".rec .stack-part" },
  { name: "items", path: () => "items", heading: { en: "Items", zh: "物品" }, data: ".map-list a" },
  { name: "item", path: () => `items/${encodeURIComponent(item)}`, heading: {}, data: "table tbody tr" },
  { name: "search", path: () => "search?q=war", heading: { en: "Search", zh: "搜索" }, data: ".rec, .empty" },
  { name: "quality", path: () => "quality", heading: { en: "Data quality", zh: "数据质量" }, data: "table tbody tr" },
  { name: "training", path: () => "training", heading: { en: "Training", zh: "训练" }, data: ".tile-value" },
  { name: "experiments", path: () => "experiments", heading: { en: "Experiments", zh: "实验" }, data: ".empty-title" },
  { name: "models", path: () => "models", heading: { en: "Models", zh: "模型" }, data: "tr.current" },
  { name: "keys", path: () => "keys", heading: { en: "API keys", zh: "API 密钥" }, data: "table tbody tr, .empty" },
];

for (const language of ["en", "zh"] as const) {
  for (const theme of ["light", "dark"] as const) {
    for (const size of [kWide, kNarrow]) {
      test(`every page, ${language}, ${theme}, ${size.width} px`, () =>
        within({ language, theme, size }, async ({ page, faults, go }) => {
          for (const { name, path, heading, data } of kPlaces) {
            await go(path());
            await page
              .locator(`nav a[aria-current][href="#/${path().split(/[/?]/)[0]}"]`)
              .waitFor({ state: "attached", ...kFor });
            const title = page.locator("h1");
            await title.waitFor(kFor);
            if (heading[language]) assert.equal(await title.textContent(), heading[language]);
            await page.locator(data).first().waitFor(kFor);
            await page
              .locator(".loading")
              .first()
              .waitFor({ state: "detached", ...kFor });
            assert.equal(await page.locator(".failure").count(), 0, name);
            await assertNoSideways(page);
            await shoot(page, `${name}-${language}-${theme}-${size.width}`);
          }
          const shown = await page.evaluate(() => [
            document.documentElement.lang,
            document.documentElement.dataset.theme,
          ]);
          assert.deepEqual(shown, [language === "zh" ? "zh-CN" : "en", theme]);
          assert.deepEqual(faults, []);
        }));
    }
  }
}

for (const width of [380, 1600]) {
  test(`nothing runs over at ${width} px`, () =>
    within({ size: { width, height: 900 } }, async ({ page, go }) => {
      for (const { path, data } of kPlaces) {
        await go(path());
        await page.locator(data).first().waitFor(kFor);
        await assertNoSideways(page);
      }
    }));
}

test("the switches change language and theme, and are remembered", () =>
  within({}, async ({ page, go }) => {
    await go("overview");
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("heading", { level: 1, name: "总览" }).waitFor(kFor);
    await page.getByRole("button", { name: /主题/ }).click();
    await page.getByRole("button", { name: /主题/ }).click();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "总览" }).waitFor(kFor);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  }));

test("the overview is asked for again every two seconds, but not while hidden", () =>
  within({}, async ({ page, go }) => {
    let calls = 0;
    page.on("request", (request) => {
      if (request.url().includes("/v1/overview")) calls += 1;
    });
    await go("overview");
    await page.locator(".tile-value").first().waitFor(kFor);
    await page.waitForTimeout(5000);
    assert.ok(calls >= 2, `${calls} calls`);
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await page.waitForTimeout(300);
    const whenHidden = calls;
    await page.waitForTimeout(3000);
    assert.equal(calls, whenHidden);
  }));

async function titles(page: Page): Promise<string[]> {
  return page.locator(".rec-title a").allTextContents();
}

test("a simulated event moves the list", () =>
  within({}, async ({ page, faults, go }) => {
    await go(`users/${encodeURIComponent(user)}`);
    await page.locator(".rec").first().waitFor(kFor);
    const old = await titles(page);
    await page.getByRole("combobox", { name: "Item" }).click();
    await page.getByRole("option").first().click();
    const again = page.waitForResponse((response) => response.url().includes("/recommendations"));
    await page.getByRole("button", { name: "Add event" }).click();
    assert.equal((await again).status(), 200);
    await page.locator(".moved").waitFor(kFor);
    await page.locator(".live", { hasText: "The list moved" }).waitFor(kFor);
    assert.ok((await page.locator(".rec .mark").count()) > 0);
    if (kMocked) assert.notDeepEqual(await titles(page), old);
    await page.locator(".live-tag").first().waitFor(kFor);
    await shoot(page, "simulated");
    assert.deepEqual(faults, []);
  }));

test("why an item is in the list, and feedback on it", () =>
  within({}, async ({ page, faults, go }) => {
    await go(`users/${encodeURIComponent(user)}`);
    const first = page.locator(".rec").first();
    await first.getByRole("button", { name: /^Why / }).click();
    await first.locator(".why .bar").first().waitFor(kFor);
    assert.ok((await first.locator(".why-text").textContent())!.length > 0);
    await shoot(page, "why");
    const sent = page.waitForRequest((request) => request.url().endsWith("/v1/feedback"));
    await first.getByRole("button", { name: /^Like / }).click();
    const feedback = (await sent).postDataJSON() as Record<string, unknown>;
    assert.equal(feedback.kind, "like");
    assert.equal(feedback.user, user);
    assert.ok(feedback.list);
    await page.locator(".toast.good").waitFor(kFor);
    assert.deepEqual(faults, []);
  }));

test("an item is hidden and shown again", () =>
  within({}, async ({ page, faults, go }) => {
    await go(`items/${encodeURIComponent(item)}`);
    await page.getByRole("button", { name: "Hide item" }).click();
    await page.getByRole("button", { name: "Show item" }).waitFor(kFor);
    const { hidden } = await ask<{ hidden: boolean }>(`/v1/items/${encodeURIComponent(item)}`);
    assert.equal(hidden, true);
    await page.getByRole("button", { name: "Show item" }).click();
    await page.getByRole("button", { name: "Hide item" }).waitFor(kFor);
    assert.deepEqual(faults, []);
  }));

test("the keyboard alone reaches and works the main controls", () =>
  within({}, async ({ page, go }) => {
    await go("overview");
    await page.locator(".tile-value").first().waitFor(kFor);
    await page.keyboard.press("Tab");
    assert.equal(await page.locator(":focus").textContent(), "Skip to content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");

    await page.reload();
    await page.locator(".tile-value").first().waitFor(kFor);
    const reached: string[] = [];
    for (let i = 0; i < 16; ++i) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          return element.getAttribute("aria-label") ?? element.textContent ?? "";
        }),
      );
    }
    for (const name of ["EN", "中文", "Theme: as the system", "API key: none", "Overview", "Users", "API keys"]) {
      if (name.startsWith("API key:") && process.env.HAINA_KEY) continue;
      assert.ok(reached.includes(name), `${name} among ${reached.join(", ")}`);
    }
    await page.getByRole("link", { name: "Users" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Users" }).waitFor(kFor);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");

    await go(`users/${encodeURIComponent(user)}`);
    await page.locator(".rec").first().waitFor(kFor);
    await page.getByRole("combobox", { name: "Item" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.notEqual(await page.getByRole("combobox", { name: "Item" }).inputValue(), "");
  }));

test("the list beside the map opens items", () =>
  within({}, async ({ page, go }) => {
    await go("items");
    const first = page.locator(".map-list a").first();
    const title = await first.textContent();
    await first.press("Enter");
    await page.getByRole("heading", { level: 1, name: title! }).waitFor(kFor);
  }));

test("a refused call asks for a key, and the key is sent", () =>
  within({ key: "" }, async ({ page, faults, go }) => {
    await page.route("**/v1/**", (route) =>
      route.request().headers()["x-api-key"] === "haina_right"
        ? route.fulfill({ json: { keys: [{ name: "one", scope: "read" }] } })
        : route.fulfill({
            status: 401,
            contentType: "application/problem+json",
            body: JSON.stringify({ title: "Unauthorized", status: 401, detail: "no valid key", mend: "send one" }),
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
      mend: "free some",
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
    await page.getByText("no item 'no-such-item'").first().waitFor(kFor);
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
