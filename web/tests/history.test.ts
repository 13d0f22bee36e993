// A user's history: every event with its own action, all of them by pages, and as a file.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { HistoryEvent, HistoryPage } from "../src/api/types";
import { csvOf, isWhole, nextPage, wholeLog } from "../src/eventLog";
import { shoot } from "./browser";
import { ask, kFor, kOnlyMock, user, within } from "./harness";

const event = (n: number): HistoryEvent => ({
  item: String(n),
  title: `Title ${n}`,
  action: n % 2 === 0 ? "click" : "rating",
  time: null,
  value: null,
  live: false,
});

async function downloaded(page: Page, button: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

const kWords = {
  en: { first: "100 of 345", second: "200 of 345", older: "Load older events" },
  zh: { first: "345 条中的 100 条", second: "345 条中的 200 条", older: "加载更早的事件" },
};

for (const language of ["en", "zh"] as const) {
  test(`older events are loaded by pages, with the true total, ${language}`, kOnlyMock, () =>
    within({ language }, async ({ page, faults, go }) => {
      const words = kWords[language];
      const { events } = await ask<HistoryPage>("/v1/users/busy/history?limit=400");
      await go("users/busy");
      await page.getByText(words.first, { exact: true }).waitFor(kFor);
      const older = page.getByRole("button", { name: words.older });
      await older.click();
      await page.getByText(words.second, { exact: true }).waitFor(kFor);
      await older.click();
      await older.click();
      await page.locator(".count", { hasText: /^345$/ }).waitFor(kFor);
      await older.waitFor({ state: "detached", ...kFor });
      const rows = page.locator("section:has(.scroll.tall) tbody tr");
      assert.deepEqual(
        await rows.locator("a").allTextContents(),
        events.map(({ title }) => title),
      );
      await shoot(page, `history-${language}`);
      assert.deepEqual(faults, []);
    }),
  );
}

test("an item that was looked at, rated and bought shows each action", () =>
  within({}, async ({ page, go }) => {
    const path = `/v1/users/${encodeURIComponent(user)}`;
    const known = await ask<object>(path);
    const history = ["purchase", "rating", "view"].map((action) => ({ ...event(7), action }));
    await page.route(`**${path}`, (route) => route.fulfill({ json: { ...known, events: 3, history } }));
    await go(`users/${encodeURIComponent(user)}`);
    const actions = page.locator(".scroll.tall tbody td:nth-child(2)");
    await actions.first().waitFor(kFor);
    assert.deepEqual(await actions.allTextContents(), ["purchase", "rating", "view"]);
    assert.equal(await page.locator(".panel:has(.scroll.tall) .count").textContent(), "3");
    assert.equal(await page.getByRole("button", { name: "Load older events" }).count(), 0);
  }));

test("all events are downloaded as CSV and as JSON", kOnlyMock, () =>
  within({}, async ({ page, faults, go }) => {
    const { events } = await ask<HistoryPage>("/v1/users/busy/history?limit=400");
    assert.equal(events.length, 345);
    await go("users/busy");
    const csv = await downloaded(page, "Download all events as CSV");
    assert.equal(csv.name, "events-busy.csv");
    assert.equal(csv.text, csvOf(events));
    await page.locator(".toast", { hasText: "345 events saved" }).waitFor(kFor);
    const json = await downloaded(page, "Download all events as JSON");
    assert.equal(json.name, "events-busy.json");
    assert.deepEqual(JSON.parse(json.text), { user: "busy", events });
    assert.deepEqual(faults, []);
  }),
);

test("a failed download says why, and saves nothing", kOnlyMock, () =>
  within({}, async ({ page, go }) => {
    await page.route("**/history?**", (route) => route.abort());
    await go("users/busy");
    await page.getByRole("button", { name: "Download all events as CSV" }).click();
    await page.locator(".toast.bad", { hasText: "cannot be reached" }).waitFor(kFor);
  }),
);

test("CSV keeps commas, quotes and line ends within their cell", () => {
  const text = csvOf([{ ...event(1), title: 'A "B", C\nD', time: "2026-11-25T10:15:00Z", value: 4.5, live: true }]);
  assert.equal(
    text,
    "\ufeffitem,title,action,time,value,live\r\n" + '1,"A ""B"", C\nD",rating,2026-11-25T10:15:00Z,4.5,true\r\n',
  );
});

test("events that come in meanwhile are neither repeated nor leave a gap", async () => {
  const stored = Array.from({ length: 250 }, (_, i) => event(250 - i));
  const before = [...stored];
  let next = 251;
  const read = (offset: number): Promise<HistoryPage> => {
    const page = { user: "1", total: stored.length, offset, events: stored.slice(offset, offset + 100) };
    stored.unshift(event(next++), event(next++));
    return Promise.resolve(page);
  };
  assert.deepEqual(await wholeLog(read), before);

  // Some are gone meanwhile: the log ends where the server has no more.
  const short = { events: before.slice(0, 100), total: 250, newer: 0 };
  const ended = await nextPage(short, (offset) => Promise.resolve({ user: "1", total: 250, offset, events: [] }));
  assert.ok(isWhole(ended));
});
