// A simulation writes nothing; a real event is written only after a question.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { shoot } from "./browser";
import { ask, kFor, kMocked, user, within } from "./harness";

const userPath = () => `/v1/users/${encodeURIComponent(user)}`;

async function titles(page: Page): Promise<string[]> {
  return page.locator(".rec-title a").allTextContents();
}

function writesOf(page: Page): string[] {
  const writes: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() !== "GET" && pathname !== "/v1/recommendations")
      writes.push(`${request.method()} ${pathname}`);
  });
  return writes;
}

test("a simulation shows what would move, and stores nothing", () =>
  within({}, async ({ page, faults, go }) => {
    const stored = await ask<{ history: { item: string }[] }>(userPath());
    const writes = writesOf(page);
    const asked: Record<string, unknown>[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/v1/recommendations")) asked.push(request.postDataJSON() as Record<string, unknown>);
    });
    await go(`users/${encodeURIComponent(user)}`);
    await page.locator(".rec").first().waitFor(kFor);
    const old = await titles(page);
    await page.getByRole("combobox", { name: "Item", exact: true }).click();
    await page.getByRole("listbox", { name: "Item", exact: true }).getByRole("option").first().click();
    await page.getByRole("button", { name: "Simulate", exact: true }).click();
    await page.locator(".moved").waitFor(kFor);
    await page.locator(".live", { hasText: "The list moved" }).waitFor(kFor);
    await page.getByText("Nothing was stored.").waitFor(kFor);
    assert.ok((await page.locator(".rec .mark").count()) > 0);
    if (kMocked) assert.notDeepEqual(await titles(page), old);
    await shoot(page, "simulated");

    const history = stored.history.map(({ item }) => item).reverse();
    // The list before is the one that was on the screen: it is not asked for again.
    assert.equal(asked.length, 1);
    assert.equal(asked[0]!.record, false);
    const sent = asked[0]!.history as string[];
    assert.equal(sent.length, history.length + 1);
    assert.deepEqual(sent.slice(0, history.length), history);
    await page.getByRole("button", { name: "End simulation" }).click();
    await page.locator(".moved").waitFor({ state: "detached", ...kFor });
    assert.deepEqual(await titles(page), old);
    assert.deepEqual(writes, []);
    assert.deepEqual(await ask(userPath()), stored);
    assert.deepEqual(faults, []);
  }));

test("moves are told against the list that was seen, and every item that left it is named", () =>
  within({}, async ({ page, faults, go }) => {
    const list = (...items: string[]) => ({
      k: 10,
      notes: [],
      items: items.map((item, i) => ({ item, title: `Title ${item}`, score: 9 - i })),
    });
    const event = { item: "a", title: "Title a", action: "view", time: null, value: null, live: false };
    await page.route(`**${userPath()}`, (route) =>
      route.fulfill({
        json: { user, known: true, forgotten: false, profile: {}, friends: [], events: 1, history: [event] },
      }),
    );
    await page.route("**/recommendations?**", (route) => route.fulfill({ json: list("a", "b", "c", "d", "e") }));
    await page.route("**/v1/recommendations", (route) => route.fulfill({ json: list("d", "c", "f", "g") }));
    await go(`users/${encodeURIComponent(user)}`);
    await page.getByRole("button", { name: "Simulate taking Title b" }).click();
    const left = page.locator(".left");
    await left.waitFor(kFor);
    assert.equal(
      await left.textContent(),
      "No longer in the list: Title a (in the history), Title b (taken in the simulation), Title e",
    );
    assert.match((await page.locator(".moved").textContent())!, /▲ 2.*▼ 0.*new 2.*before the simulation/);
    assert.match(await page.locator(".rec").first().innerText(), /up 3|▲3/);
    assert.deepEqual(faults, []);
  }));

test("the button beside an item simulates it, without a write", () =>
  within({}, async ({ page, go }) => {
    const writes = writesOf(page);
    await go(`users/${encodeURIComponent(user)}`);
    const first = page.locator(".rec").first();
    await first.getByRole("button", { name: /^Simulate taking / }).click();
    await page.locator(".moved").waitFor(kFor);
    assert.deepEqual(writes, []);
    assert.equal(await page.getByRole("button", { name: /^(Dislike|Like) / }).count(), 0);
  }));

test("a real event is stored after a question, and only then", () =>
  within({}, async ({ page, faults, go }) => {
    const writes = writesOf(page);
    const { history } = await ask<{ history: { action: string }[] }>(userPath());
    await go(`users/${encodeURIComponent(user)}`);
    await page.locator(".rec").first().waitFor(kFor);
    // What the user did last, since the project may know no "click".
    const action = history[0]?.action ?? "click";
    assert.equal(await page.locator("input[list]").inputValue(), action);
    await page.getByRole("combobox", { name: "Item of the event" }).click();
    await page.getByRole("listbox", { name: "Item of the event" }).getByRole("option").first().click();
    const store = page.getByRole("button", { name: "Store event…" });
    await store.click();
    const dialog = page.getByRole("dialog", { name: "Store this event?" });
    await dialog.getByText(`User ${user}: ${action}`).waitFor(kFor);
    await shoot(page, "store-event");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.deepEqual(writes, []);
    await store.click();
    await dialog.getByRole("button", { name: "Store event" }).click();
    await page.locator(".toast.good").waitFor(kFor);
    await page.locator(".live-tag").first().waitFor(kFor);
    assert.deepEqual(writes, ["POST /v1/events"]);
    assert.deepEqual(faults, []);
  }));
