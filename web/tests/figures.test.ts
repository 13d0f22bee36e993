// Figures that are shown with what they are counted over.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, kFor, kMocked, within } from "./harness";

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

test("the overview says what is counted, since when, by the server's clock", () =>
  within({}, async ({ page, faults, go }) => {
    const overview = await ask<{ satisfaction: Record<string, unknown> }>("/v1/overview");
    // A server whose clock is ten days behind that of the browser.
    const now = Math.floor(Date.now() / 1000) - 10 * 86_400;
    const series = [{ t: now - 20 - (now % 5), n: 50, p99_ms: 4 }];
    const changed = {
      ...overview,
      now,
      started: now - 7200,
      seconds_up: 7200,
      events: { total: 100, per_second: 1, window_s: 60, series },
      lists: { total: 100, per_second: 1, window_s: 60, cache_share: null, p50_ms: 1, p99_ms: 4, series },
      freshness_ms: { p50: 1, p99: 2, window_s: 600 },
      satisfaction: { ...overview.satisfaction, since: now - 86_400 * 3 },
    };
    await page.route("**/v1/overview", (route) => route.fulfill({ json: changed }));
    await go("overview");
    const counted = page.locator(".meanings li");
    await counted.first().waitFor(kFor);
    const day = (seconds: number) =>
      new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(new Date(seconds * 1000));
    const [start, since, windows, clock] = await counted.allTextContents();
    assert.ok(start!.includes(day(now - 7200)), start);
    assert.ok(since!.includes(day(now - 86_400 * 3)), since);
    assert.match(windows!, /last 1 min\..*last 10 min\./);
    assert.ok(clock!.includes(new Date(now * 1000).toTimeString().slice(0, 8)), clock);
    // The bucket is drawn though the browser's clock is far from the server's.
    const rates = page.locator("figure.chart", { hasText: "Lists per second" });
    assert.match((await rates.getAttribute("aria-label"))!, /highest 10/);
    assert.deepEqual(faults, []);
  }));

test("the rules page shows each rule, what it does and how many items it concerns", () =>
  within({}, async ({ page, faults, go }) => {
    const rules = [
      { name: "never", do: "filter", field: "movies.genres", is: ["Western", "War"], from: "haina.toml", items: 1234 },
      { name: "first", do: "pin", item: "20", position: 2, title: "Heat", from: "api", items: 1 },
      { name: "gone", do: "pin", item: "999", position: 1, from: "api", items: 0 },
      { name: "old", do: "boost", field: "movies.year", above: 1900, below: 1970, by: -0.25, from: "api", items: 7 },
      { name: "new", do: "boost", added_since_training: true, by: 0.5, from: "api", items: 0 },
      { name: "late", do: "filter", field: "movies.until", date: "past", from: "api", items: 3 },
      {
        name: "two",
        do: "quota",
        field: "movies.genres",
        is: ["Drama"],
        at_least: 2,
        at_most: 4,
        from: "api",
        items: 9,
      },
    ];
    await page.route("**/v1/rules", (route) => route.fulfill({ json: { rules } }));
    await go("rules");
    const said = async (name: string) => {
      const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
      return row.locator("td").allTextContents();
    };
    await page.getByRole("rowheader", { name: "never" }).waitFor(kFor);
    const kLeaves = "leaves them out of every list";
    assert.deepEqual(await said("never"), [kLeaves, "movies.genres is Western or War", "1,234", "haina.toml"]);
    assert.deepEqual(await said("first"), ["puts it at place 2 of the lists that it fits in", "Heat", "1", "the API"]);
    await page.getByText("not where the user has taken it already").waitFor(kFor);
    assert.equal((await said("gone"))[1], "999, which is no item of the catalogue");
    assert.deepEqual((await said("old")).slice(0, 3), [
      "lowers their scores by 0.25 standard deviations",
      "movies.year above 1900 and below 1970",
      "7",
    ]);
    assert.equal((await said("new"))[1], "items added since the training");
    assert.equal((await said("late"))[1], "movies.until is past");
    assert.equal((await said("two"))[0], "at least 2 of them in a list and at most 4 of them in a list");
    assert.deepEqual(faults, []);
    // The invented rule names an item that this service need not have, so what its page loads is not looked at.
    await page.getByRole("link", { name: "Heat" }).click();
    await page.waitForURL(/#\/items\/20$/);
  }));

test("the rules page lists all rules in force", () =>
  within({}, async ({ page, go }) => {
    const { rules } = await ask<{ rules: { name: string; items: number }[] }>("/v1/rules");
    await go("rules");
    await page.locator("table tbody tr, .empty").first().waitFor(kFor);
    assert.equal(await page.locator("tbody tr").count(), rules.length);
    if (kMocked) assert.ok(rules.length > 0);
    for (const { name, items } of rules) {
      const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
      assert.equal(await row.locator("td.num").textContent(), items.toLocaleString("en"));
    }
  }));
