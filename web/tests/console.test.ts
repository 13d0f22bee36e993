// Every page in both languages and themes, and what a user does on them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNoSideways, kNarrow, kWide, shoot } from "./browser";
import { ask, item, kFor, kPlaces, user, within } from "./harness";

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

test("why an item is in the list", () =>
  within({}, async ({ page, faults, go }) => {
    await go(`users/${encodeURIComponent(user)}`);
    const first = page.locator(".rec").first();
    await first.getByRole("button", { name: /^Why / }).click();
    await first.locator(".why .bar").first().waitFor(kFor);
    assert.ok((await first.locator(".why-text").textContent())!.length > 0);
    await shoot(page, "why");
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
    await page.getByRole("combobox", { name: "Item", exact: true }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.notEqual(await page.getByRole("combobox", { name: "Item", exact: true }).inputValue(), "");
  }));

test("the list beside the map opens items", () =>
  within({}, async ({ page, go }) => {
    await go("items");
    const first = page.locator(".map-list a").first();
    const title = await first.textContent();
    await first.press("Enter");
    await page.getByRole("heading", { level: 1, name: title! }).waitFor(kFor);
  }));
