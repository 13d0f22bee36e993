// Looking at lists in the console changes no figure of the service.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, kFor, kPlaces, user, within } from "./harness";

interface Counted {
  satisfaction: { impressions: number };
  coverage: { items_shown: number };
}

async function counted(): Promise<number[]> {
  const { satisfaction, coverage } = await ask<Counted>("/v1/overview");
  return [satisfaction.impressions, coverage.items_shown];
}

test("no list that the console asks for counts as shown", () =>
  within({}, async ({ page, go }) => {
    const before = await counted();
    const lists: URL[] = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/\/v1\/(search|users\/[^/]+\/recommendations)$/.test(url.pathname)) lists.push(url);
    });
    for (const { path, data } of kPlaces) {
      await go(path());
      await page.locator(data).first().waitFor(kFor);
    }
    await go(`search?q=war&user=${encodeURIComponent(user)}`);
    await page.locator(".rec, .empty").first().waitFor(kFor);
    await go("items");
    const found = page.waitForResponse((response) => response.url().includes("query=war"));
    await page.getByLabel("Part of the title").fill("war");
    await found;
    await go(`users/${encodeURIComponent(user)}`);
    const again = page.waitForResponse((response) => response.url().includes("channel=popular"));
    await page.getByLabel("Channel").selectOption("popular");
    await again;
    assert.ok(lists.length >= 5, `${lists.length} lists`);
    for (const url of lists) assert.equal(url.searchParams.get("record"), "0", url.href);
    assert.deepEqual(await counted(), before);
  }));
