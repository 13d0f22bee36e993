// An item that a rule placed says so, in its row, in the sentence of its reason and in the details.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { kNarrow, shoot, type Language } from "./browser";
import { ask, kFor, user, within } from "./harness";

const kRules = [
  [{ name: "first", do: "pin", position: 2 }],
  [{ name: "new", do: "boost", by: 0.5 }],
  [{ name: "old", do: "boost", by: -0.25 }],
  [{ name: "two", do: "quota" }],
  [],
];

// The user's list, its items placed by one rule each, the last one by none.
async function ruled(page: Page): Promise<void> {
  const path = `/v1/users/${encodeURIComponent(user)}/recommendations?k=5&explain=1&record=0`;
  const list = await ask<{ items: { why: object }[] }>(path);
  const items = list.items.slice(0, kRules.length).map((item, i) => {
    const why = { ...item.why, rules: kRules[i]!.length > 0 ? kRules[i] : undefined };
    return { ...item, why };
  });
  await page.route("**/recommendations?**", (route) => route.fulfill({ json: { ...list, items } }));
}

const kSaid: Record<Language, { badges: string[]; sentences: RegExp[]; effects: string[]; legend: string }> = {
  en: {
    badges: ["pinned by first", "raised by new", "lowered by old", "wanted by two"],
    sentences: [
      /^Pinned to place 2 by rule “first”; /,
      /^Raised by rule “new”; /,
      /^Lowered by rule “old”; /,
      /^Wanted by rule “two”; /,
    ],
    effects: [
      "first pins it to place 2",
      "new raises its score by 0.5 standard deviations",
      "old lowers its score by 0.25 standard deviations",
      "two wants items such as this in the list",
    ],
    legend: "Rules",
  },
  zh: {
    badges: ["由 first 固定", "由 new 提升", "由 old 降低", "由 two 要求列入"],
    sentences: [/^由规则“first”固定在第 2 位；/, /^由规则“new”提升；/, /^由规则“old”降低；/, /^由规则“two”要求列入；/],
    effects: [
      "first 将其固定在第 2 位",
      "new 将其得分提高 0.5 个标准差",
      "old 将其得分降低 0.25 个标准差",
      "two 要求列表包含此类物品",
    ],
    legend: "规则",
  },
};

const plain = (text: string | null) => (text ?? "").replace(/\s+/g, " ").trim();

for (const language of ["en", "zh"] as const) {
  test(`rules that placed items are named, ${language}`, () =>
    within({ language }, async ({ page, faults, go }) => {
      const { badges, sentences, effects, legend } = kSaid[language];
      await ruled(page);
      await go(`users/${encodeURIComponent(user)}`);
      await page.locator(".rec").first().waitFor(kFor);
      const rows = await page.locator(".rec").all();
      assert.equal(rows.length, kRules.length);
      for (const [i, row] of rows.slice(0, badges.length).entries()) {
        assert.equal(plain(await row.locator(".rule-badges li").textContent()), badges[i]);
        const [, ...sentence] = (await row.locator(".rec-sub").textContent())!.split(" · ");
        assert.match(sentence.join(" · "), sentences[i]!);
        await row.locator("button.toggle").click();
        assert.match((await row.locator(".why-text").textContent())!, sentences[i]!);
        const lines = await row.locator(".why-rules li > span").allTextContents();
        assert.equal(plain(lines.join(" ")), effects[i]);
      }
      await page.locator(".legend li", { hasText: legend }).waitFor(kFor);
      await shoot(page, `rules-${language}`);
      assert.deepEqual(faults, []);
    }));
}

test("the badge of a rule has the colour of the family, and where there is no rule there is none", () =>
  within({ size: kNarrow }, async ({ page, go }) => {
    await ruled(page);
    await go(`users/${encodeURIComponent(user)}`);
    const first = page.locator(".rec").first();
    await first.locator(".rule-badges").waitFor(kFor);
    const colourOf = (selector: string) =>
      page
        .locator(selector)
        .last()
        .evaluate((swatch) => getComputedStyle(swatch).backgroundColor);
    assert.equal(await colourOf(".rule-badges .swatch"), await colourOf(".legend .swatch"));
    const last = page.locator(".rec").last();
    assert.equal(await last.locator(".rule-badges").count(), 0);
    await last.locator("button.toggle").click();
    await last.locator(".why").waitFor(kFor);
    assert.equal(await last.locator(".why-rules").count(), 0);
    assert.doesNotMatch((await last.locator(".why-text").textContent())!, /rule/i);
  }));

test("a rule that is all there is to say is said once", () =>
  within({}, async ({ page, go }) => {
    const pin = { name: "first", do: "pin", position: 1 };
    const list = {
      items: [
        { item: "1", title: "One", score: 1, why: { sources: {}, experts: {}, nearest: [], rules: [pin] } },
        { item: "2", title: "Two", score: 1, why: { sources: { rule: 1 }, experts: {}, nearest: [], rules: [pin] } },
      ],
    };
    await page.route("**/recommendations?**", (route) => route.fulfill({ json: list }));
    await go(`users/${encodeURIComponent(user)}`);
    await page.locator(".rec").first().waitFor(kFor);
    for (const line of await page.locator(".rec-sub").allTextContents()) {
      assert.match(line, /^\d · Pinned to place 1 by rule “first”$/);
    }
  }));
