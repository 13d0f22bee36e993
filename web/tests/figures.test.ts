// Figures that are shown with what they are counted over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, kFor, within } from "./harness";

test("the click-through rate is the quotient of the two numbers beside it", () =>
  within({}, async ({ page, faults, go }) => {
    const overview = await ask<{ satisfaction: Record<string, unknown> }>("/v1/overview");
    const positions = Array.from({ length: 10 }, (_, i) => ({
      position: i + 1,
      shown: 15110 - 11 * i,
      clicked: 240 - 9 * i,
    }));
    // Lists are longer than the positions that are told apart.
    const shown = positions.reduce((sum, place) => sum + place.shown, 0) + 90_000;
    const clicks = positions.reduce((sum, place) => sum + place.clicked, 0) + 25;
    const satisfaction = {
      ...overview.satisfaction,
      impressions: 15110,
      shown,
      clicks,
      ctr: clicks / shown,
      ctr_by_position: positions,
    };
    await page.route("**/v1/overview", (route) => route.fulfill({ json: { ...overview, satisfaction } }));
    await go("overview");
    const tile = page.locator(".tile", { hasText: "Click-through rate" });
    await tile.waitFor(kFor);
    const rate = parseFloat((await tile.locator(".tile-value").textContent())!);
    const note = (await tile.locator(".tile-note").textContent())!;
    const [said, over] = [...note.matchAll(/[\d,]+/g)].map(([digits]) => Number(digits.replaceAll(",", "")));
    assert.match(note, /clicks \/ .* items shown/);
    assert.deepEqual([said, over], [clicks, shown]);
    assert.equal(rate.toFixed(2), ((100 * said!) / over!).toFixed(2));
    assert.deepEqual(faults, []);
  }));
