// No serious or critical finding of axe on any page, light and dark, wide and on a phone; scroll regions take the focus.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { kNarrow, kWide } from "./browser";
import { kFor, kOnlyMock, kPlaces, user, within } from "./harness";

interface Finding {
  id: string;
  impact: string | null;
  nodes: { html: string; any: { message: string }[] }[];
}

interface Axe {
  run: (context: Document, options: object) => Promise<{ violations: Finding[] }>;
}

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

async function findingsOn(page: Page): Promise<string[]> {
  // Run through the debugger, which the page's content security policy does not concern.
  await page.evaluate(await readFile(axePath, "utf8"));
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    return (await axe.run(document, { resultTypes: ["violations"] })).violations;
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message.slice(0, 160) ?? ""}`),
    );
}

async function settle(page: Page, data: string): Promise<void> {
  await page.locator(data).first().waitFor(kFor);
  await page
    .locator(".loading")
    .first()
    .waitFor({ state: "detached", ...kFor });
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  // What now scrolls is known a frame later, and shown in the next.
  await page.evaluate(async () => {
    for (let i = 0; i < 3; ++i) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

for (const theme of ["light", "dark"] as const) {
  for (const size of [kWide, kNarrow]) {
    test(`axe finds nothing serious, ${theme}, ${size.width} px`, () =>
      within({ theme, size }, async ({ page, go }) => {
        for (const { name, path, data } of kPlaces) {
          await go(path());
          await settle(page, data);
          assert.deepEqual(await findingsOn(page), [], name);
        }
      }));
  }

  test(`axe finds nothing serious about rules, kept-out items and long histories, ${theme}`, kOnlyMock, () =>
    within({ theme, size: kNarrow }, async ({ page, go }) => {
      await go("users/busy");
      await settle(page, ".rule-badges");
      await page
        .locator(".rec", { has: page.locator(".rule-badges") })
        .locator("button.toggle")
        .first()
        .click();
      await page.locator(".why-rules").waitFor(kFor);
      assert.deepEqual(await findingsOn(page), [], "a rule and a long history");
      await go("items?state=left_out");
      await settle(page, ".standing .rule-tag");
      assert.deepEqual(await findingsOn(page), [], "items kept out");
      await go("items/7");
      await settle(page, ".kept-out");
      assert.deepEqual(await findingsOn(page), [], "an item kept out");
    }),
  );

  test(`axe finds nothing serious in what opens, ${theme}`, () =>
    within({ theme }, async ({ page, go }) => {
      await go(`users/${encodeURIComponent(user)}`);
      await settle(page, ".rec .stack-part");
      await page.getByRole("button", { name: /^Why / }).first().click();
      await page.getByRole("combobox", { name: "Item", exact: true }).click();
      await page
        .getByRole("option")
        .first()
        .waitFor({ state: "attached", ...kFor });
      assert.deepEqual(await findingsOn(page), [], "a reason and the picker");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Simulate", exact: true }).click();
      await page.locator(".moved").waitFor(kFor);
      await page.waitForTimeout(2000); // the rows' colours fade in
      assert.deepEqual(await findingsOn(page), [], "a simulation");
      await page.route("**/v1/models", (route) => route.abort());
      await go("models");
      await page.locator(".failure").waitFor(kFor);
      assert.deepEqual(await findingsOn(page), [], "a failure");
      await page.getByRole("button", { name: /^API key/ }).click();
      await page.getByRole("dialog").waitFor(kFor);
      assert.deepEqual(await findingsOn(page), [], "a dialog");
    }));
}

test("what scrolls can be reached with the keyboard", () =>
  within({ size: kNarrow }, async ({ page, go }) => {
    for (const { name, path, data } of kPlaces) {
      await go(path());
      await settle(page, data);
      const unreached = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("main *")]
          .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflow))
          .filter(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) => {
            return scrollWidth > clientWidth || scrollHeight > clientHeight;
          })
          .filter((element) => element.tabIndex < 0 && element.getAttribute("role") !== "listbox")
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      assert.deepEqual(unreached, [], name);
    }
  }));
