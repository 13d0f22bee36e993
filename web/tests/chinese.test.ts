// The Chinese console says nothing in English, but for the project's own data and names of commands.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { items, kExperts, kSources, models, quality, users } from "../mock/data.mjs";
import { rules } from "../mock/rules.mjs";
import { sentenceOf } from "../src/i18n/zhCodes";
import { shoot } from "./browser";
import { ask, item, kFor, kOnlyMock, kPlaces, user, within } from "./harness";

const kTechnical =
  "Haina EN API ID NDCG CSV JSON ms URL p99 haina serve train keys read write admin scope store toml PUT DELETE rules NAME decay".split(
    " ",
  );

const wordsOf = (text: string) => text.match(/[A-Za-z][A-Za-z0-9]{2,}/g) ?? [];

// Words of the project's own data: titles, names of its fields and users, examples from its files.
function ownWords(): Set<string> {
  const own = [
    items.map(({ title, genre }) => [title, genre, "a about what remains feature"]),
    Array.from((users as Map<string, { profile: object }>).entries(), ([id, { profile }]) => ({ id, profile })),
    quality.sources.map(({ name, rejects }) => [name, rejects]),
    quality.rules.map(({ source, examples }) => [source, examples]),
    [quality.alignments.map(({ source, to, pairs }) => [source, to, pairs]), quality.missing],
    [kExperts, kSources, models, "movies.plot", "console shop-frontend reports", "space war", "busy"],
    rules.map(({ name }) => name),
  ];
  return new Set(wordsOf(JSON.stringify(own).toLowerCase()));
}

// Pages as they are for some users, items and words.
const kMore = [
  "users/empty",
  "users/busy",
  "search?q=xyzzy",
  "search?q=war&user=2",
  "items?state=left_out",
  "items?query=xyzzy",
  "items/7",
];

// Whatever is seen or read aloud, with all details open.
async function saidOn(page: Page): Promise<string> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  const labels = await page
    .locator("main [aria-label], main [title], main [placeholder]")
    .evaluateAll((elements) =>
      elements.map((element) =>
        ["aria-label", "title", "placeholder"].map((name) => element.getAttribute(name) ?? "").join(" "),
      ),
    );
  return `${await page.locator("body").innerText()}\n${labels.join("\n")}`;
}

test("no English on any page of the Chinese console", kOnlyMock, () =>
  within({ language: "zh" }, async ({ page, faults, go }) => {
    const own = ownWords();
    const paths = [...kPlaces.map(({ path }) => path()), ...kMore];
    for (const path of paths) {
      await go(path);
      const data = kPlaces.find((place) => place.path() === path)?.data ?? ".empty, .rec, .standing, .kept-out";
      await page.locator(data).first().waitFor(kFor);
      await page
        .locator(".loading")
        .first()
        .waitFor({ state: "detached", ...kFor });
      for (const toggle of await page.locator("button.toggle").all()) await toggle.click();
      const said = path === "training" ? (await saidOn(page)).split("引擎自身的名称")[0]! : await saidOn(page);
      const foreign = wordsOf(said).filter(
        (word) => !kTechnical.includes(word) && !own.has(word.toLowerCase()) && !/^(xyzzy|haina)$/.test(word),
      );
      assert.deepEqual([...new Set(foreign)], [], path);
    }
    assert.deepEqual(faults, []);
  }),
);

test("reasons, notes and refusals are said in Chinese", () =>
  within({ language: "zh" }, async ({ page, go }) => {
    const list = await ask<{ items: object[] }>(`/v1/users/${encodeURIComponent(user)}/recommendations?record=0`);
    const notes = ["no history: the list is a newcomer's", "3 items are all there is beyond what was seen"];
    const note_codes = [
      { code: "no_history", values: [] },
      { code: "all_beyond_seen", values: ["3"] },
    ];
    const why = {
      sources: { behaviour: 0.3, popularity: 0.7 },
      experts: { ease: 0.3, popularity: 0.7 },
      nearest: [{ item: "1", title: "《河》", similarity: 0.4 }],
      channel: "popular",
      text: "close to 《河》; sources: popularity (70 %)",
    };
    const changed = { ...list, notes, note_codes, items: list.items.map((each) => ({ ...each, why })) };
    await page.route("**/recommendations?**", (route) => route.fulfill({ json: changed }));
    await go(`users/${encodeURIComponent(user)}`);
    await page.getByText("没有历史：这是新用户的列表").waitFor(kFor);
    await page.getByText("总共只有 3 个物品").waitFor(kFor);
    assert.match((await page.locator(".rec-sub").first().textContent())!, /接近历史中的 《河》；它热门或正在流行/);
    await shoot(page, "reasons-zh");
    await page.route("**/v1/items/**", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: JSON.stringify({
          title: "Service Unavailable",
          status: 503,
          detail: "the service cannot do this now",
          hint: "retry in a while; the service's log says why",
          code: "cannot_now",
          values: [],
        }),
      }),
    );
    await go(`items/${encodeURIComponent(item)}`);
    await page.getByText("503 服务暂不可用").first().waitFor(kFor);
    await page.getByText("服务现在无法完成").first().waitFor(kFor);
    await page.getByText("请稍后再试；原因见服务的日志").first().waitFor(kFor);
    assert.doesNotMatch(await page.locator("main").innerText(), /cannot do this|retry in/);
  }));

test("what is missing is said in Chinese", () => {
  const live = { code: "few_events_but_live", values: ["12", "7"] };
  assert.match(sentenceOf(live), /只学习了 12 个事件.*此后有 7 个/);
  assert.match(sentenceOf({ code: "lacks_events", values: [] }), /尚未学习任何事件/);
});

test("years are plain numbers, and empty cards are left out", () =>
  within({}, async ({ page, go }) => {
    const fields = [
      { name: "movies.year", type: "number", values: ["1999.000000"], present: true },
      { name: "movies.budget", type: "number", values: ["12.500000"], present: true },
    ];
    const found = await ask<object>(`/v1/items/${encodeURIComponent(item)}`);
    await page.route(`**/v1/items/${encodeURIComponent(item)}`, (route) =>
      route.fulfill({ json: { ...found, fields, sources: {} } }),
    );
    await go(`items/${encodeURIComponent(item)}`);
    await page.getByRole("cell", { name: "1999", exact: true }).waitFor(kFor);
    await page.getByRole("cell", { name: "12.5", exact: true }).waitFor(kFor);
    assert.equal(await page.getByText("Weight of each source").count(), 0);

    const known = await ask<object>(`/v1/users/${encodeURIComponent(user)}`);
    await page.route(`**/v1/users/${encodeURIComponent(user)}`, (route) =>
      route.fulfill({
        json: { ...known, profile: { "users.born": "1980.0", "users.likes": ["a", "b"] }, friends: [] },
      }),
    );
    await go(`users/${encodeURIComponent(user)}`);
    await page.locator("dd", { hasText: /^1980$/ }).waitFor(kFor);
    await page.locator("dd", { hasText: /^a, b$/ }).waitFor(kFor);
    assert.equal(await page.getByRole("heading", { name: "Friends" }).count(), 0);
  }));
