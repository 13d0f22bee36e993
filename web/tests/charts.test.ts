// What the charts draw: empty buckets, axes, the best epoch, and bars of shares.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { shoot } from "./browser";
import { ask, kFor, within } from "./harness";

interface Drawn {
  text: string;
  left: number;
  right: number;
  canvas: number;
}

interface Series {
  t: number;
  n: number;
  p99_ms?: number;
}

// Notes every text that a chart draws, since a canvas does not tell it.
async function noteTexts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const noted: Drawn[] = [];
    Object.assign(window, { noted });
    const draw = Object.getOwnPropertyDescriptor(CanvasRenderingContext2D.prototype, "fillText")!.value as (
      this: CanvasRenderingContext2D,
      text: string,
      x: number,
      y: number,
    ) => void;
    CanvasRenderingContext2D.prototype.fillText = function (text: string, x: number, y: number) {
      const { width } = this.measureText(text);
      const from = this.textAlign === "center" ? x - width / 2 : this.textAlign === "right" ? x - width : x;
      if (this.textAlign === "center") noted.push({ text, left: from, right: from + width, canvas: this.canvas.width });
      draw.call(this, text, x, y);
    };
  });
}

const notedOf = (page: Page) => page.evaluate(() => (window as unknown as { noted: Drawn[] }).noted);

// The labels of x axes, axis by axis: each starts anew at its left end.
function axesOf(drawn: Drawn[]): Drawn[][] {
  const axes: Drawn[][] = [];
  for (const label of drawn) {
    const axis = axes.at(-1);
    if (axis === undefined || label.left <= axis.at(-1)!.left) axes.push([label]);
    else axis.push(label);
  }
  return axes;
}

function assertReadable(drawn: Drawn[]): void {
  for (const axis of axesOf(drawn)) {
    const texts = axis.map(({ text }) => text);
    assert.equal(new Set(texts).size, texts.length, `repeated: ${texts.join(" ")}`);
    for (const { text, left, right, canvas } of axis) assert.ok(left >= 0 && right <= canvas, `${text} is clipped`);
  }
}

// An overview with lists and events in the first and the last buckets of the last `span` seconds only.
async function idleBetween(page: Page, span: number, busy: number): Promise<void> {
  const overview = await ask<Record<string, unknown>>("/v1/overview");
  const now = Math.floor(Date.now() / 5000) * 5;
  const times = Array.from({ length: span / 5 }, (_, i) => now - span + 5 * i);
  const series: Series[] = times
    .filter((t) => t < now - span + busy || t >= now - busy)
    .map((t) => ({ t, n: 50, p99_ms: 4 }));
  const changed = {
    ...overview,
    now,
    seconds_up: span,
    events: { total: 100, per_second: 1, window_s: 60, series },
    lists: { total: 100, per_second: 1, window_s: 60, cache_share: null, p50_ms: 1, p99_ms: 4, series },
  };
  await page.route("**/v1/overview", (route) => route.fulfill({ json: changed }));
}

// The share of the columns, from left to right, in which a chart has drawn its line.
const columnsOf = (page: Page, label: string) =>
  page
    .locator("figure.chart", { hasText: label })
    .locator("canvas")
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
      return Array.from({ length: width }, (_, x) => {
        for (let y = 0; y < height; ++y) {
          const [r, g, b, a] = data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4);
          if (a! > 200 && Math.max(r!, g!, b!) - Math.min(r!, g!, b!) > 60) return true;
        }
        return false;
      });
    });

test("empty buckets are a rate of 0, and a gap in the latency", () =>
  within({}, async ({ page, faults, go }) => {
    await idleBetween(page, 300, 60);
    await go("overview");
    const rates = page.locator("figure.chart", { hasText: "Lists per second" });
    await rates.waitFor(kFor);
    assert.match((await rates.getAttribute("aria-label"))!, /lowest 0, highest 10/);
    const events = page.locator("figure.chart", { hasText: "Events per second" });
    assert.match((await events.getAttribute("aria-label"))!, /lowest 0, highest 10/);
    const latency = await columnsOf(page, "List latency");
    const middle = latency.slice(Math.floor(0.45 * latency.length), Math.floor(0.6 * latency.length));
    assert.ok(latency.some(Boolean), "the latency is drawn where there were lists");
    assert.ok(!middle.some(Boolean), "nothing is drawn where there were none");
    await shoot(page, "overview-idle");
    assert.deepEqual(faults, []);
  }));

for (const span of [60, 300, 600]) {
  test(`ticks do not repeat and are not clipped, ${span} s`, () =>
    within({}, async ({ page, go }) => {
      await noteTexts(page);
      await idleBetween(page, span, span);
      await go("overview");
      await page.locator(".u-over").first().waitFor(kFor);
      await page.waitForTimeout(200);
      const drawn = await notedOf(page);
      for (const axis of axesOf(drawn)) assert.ok(axis.length >= 3, axis.map(({ text }) => text).join(" "));
      assertReadable(drawn);
    }));
}

test("the ticks of a rate are written as they are, none rounded to another", () =>
  within({}, async ({ page, go }) => {
    await page.addInitScript(() => {
      const noted: string[] = [];
      Object.assign(window, { noted });
      const draw = Object.getOwnPropertyDescriptor(CanvasRenderingContext2D.prototype, "fillText")!.value as (
        this: CanvasRenderingContext2D,
        text: string,
        x: number,
        y: number,
      ) => void;
      CanvasRenderingContext2D.prototype.fillText = function (text: string, x: number, y: number) {
        if (this.textAlign === "right") noted.push(text);
        draw.call(this, text, x, y);
      };
    });
    const overview = await ask<Record<string, object>>("/v1/overview");
    const idle = { ...overview, seconds_up: 300, events: { ...overview.events, series: [] } };
    await page.route("**/v1/overview", (route) => route.fulfill({ json: idle }));
    await go("overview");
    await page.locator("figure.chart canvas").first().waitFor(kFor);
    const noted = await page.evaluate(() => (window as unknown as { noted: string[] }).noted);
    const ticks = noted.slice(0, noted.indexOf("0", 1)).map(Number);
    assert.ok(ticks.length > 2, ticks.join(" "));
    const steps = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
    for (const step of steps) assert.ok(Math.abs(step - steps[0]!) < 1e-9, ticks.join(" "));
  }));

test("learning curves start at the first epoch and mark the best", () =>
  within({}, async ({ page, go }) => {
    const training = await ask<Record<string, unknown>>("/v1/training");
    const epochs = Array.from({ length: 18 }, (_, i) => ({
      epoch: i + 1,
      loss: 5 / (i + 1),
      validation_metric: 0.3 - 0.001 * (i - 12) ** 2,
      seconds: 1,
    }));
    const changed = { ...training, metric: "ndcg@10", epochs, best_epoch: 13 };
    await page.route("**/v1/training", (route) => route.fulfill({ json: changed }));
    await noteTexts(page);
    await go("training");
    await page.locator(".u-over").first().waitFor(kFor);
    await page.waitForTimeout(200);
    const drawn = await notedOf(page);
    assertReadable(drawn);
    for (const axis of axesOf(drawn)) assert.equal(axis[0]!.text, "1");
    for (const chart of await page.locator("figure.chart").all()) {
      assert.equal(await chart.locator(".chart-x").textContent(), "epoch");
      assert.match((await chart.getAttribute("aria-label"))!, /best by validation: epoch 13/);
      assert.match((await chart.locator(".chart-read").textContent())!, /^best by validation: epoch 13/);
    }
  }));

test("the axis of a single epoch has this epoch alone", () =>
  within({}, async ({ page, go }) => {
    const training = await ask<Record<string, unknown>>("/v1/training");
    const epochs = [{ epoch: 1, loss: 5, validation_metric: 0.3, seconds: 1 }];
    await page.route("**/v1/training", (route) => route.fulfill({ json: { ...training, epochs, best_epoch: 1 } }));
    await noteTexts(page);
    await go("training");
    await page.locator(".u-over").first().waitFor(kFor);
    await page.waitForTimeout(200);
    assert.deepEqual(new Set((await notedOf(page)).map(({ text }) => text)), new Set(["1"]));
  }));

test("negative weights have their sign and their own bars, and the fusion network a row of its own", () =>
  within({}, async ({ page, faults, go }) => {
    const training = await ask<Record<string, unknown>>("/v1/training");
    const ranker = { models: ["ease", "user_knn", "item_knn", "network"], weights: [2, -1, -0.5, 1.5], fit: "blend" };
    await page.route("**/v1/training", (route) => route.fulfill({ json: { ...training, ranker } }));
    await go("training");
    const panel = page.locator(".panel", { hasText: "Weights in a list" });
    await panel.getByText("shares of the absolute weights").waitFor(kFor);
    const rows = panel.locator(".bar:visible");
    const said = await rows.evaluateAll((bars) =>
      bars.map((bar) => [
        bar.querySelector("dt")!.textContent,
        bar.querySelector(".bar-value")!.textContent,
        bar.querySelector(".negative") !== null,
      ]),
    );
    assert.deepEqual(said, [
      ["Taste", "40.0%", false],
      ["Taste, negative", "-20.0%", true],
      ["Similar items, negative", "-10.0%", true],
      ["Fusion network", "30.0%", false],
    ]);
    await shoot(page, "weights");
    assert.deepEqual(faults, []);
  }));

test("bars of shares are parts of 100 %", () =>
  within({}, async ({ page, go }) => {
    await go("training");
    const bars = page.locator(".panel", { hasText: "Source weights" }).locator(".bar:visible");
    await bars.first().waitFor(kFor);
    for (const bar of await bars.all()) {
      const said = parseFloat((await bar.locator(".bar-value").textContent())!);
      const drawn = await bar.evaluate((element) => {
        const [fill, track] = [".bar-fill", ".bar-track"].map(
          (part) => element.querySelector(part)!.getBoundingClientRect().width,
        );
        return (100 * fill!) / track!;
      });
      assert.ok(Math.abs(said - drawn) < 0.2, `${said} % is drawn as ${drawn.toFixed(1)} %`);
    }
  }));
