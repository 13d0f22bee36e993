// What the first page costs a reader on a slow line.
import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { test } from "node:test";
import { kFor, within } from "./harness";

const kMost = 60_000; // bytes, compressed as the service sends them

for (const language of ["en", "zh"] as const) {
  test(`the first page is small, ${language}`, () =>
    within({ language }, async ({ page, go }) => {
      const files = new Set<string>();
      page.on("request", (request) => {
        const { pathname } = new URL(request.url());
        if (!pathname.startsWith("/v1/")) files.add(pathname === "/" ? "/index.html" : pathname);
      });
      await go("overview");
      await page.locator(".tile-value").first().waitFor(kFor);
      // Other pages come after the first one is there.
      const first = [...files].filter((path) => !path.includes("administration"));
      const sizes = await Promise.all(
        first.map(async (path) => (await stat(new URL(`../dist${path}.br`, import.meta.url))).size),
      );
      const all = sizes.reduce((sum, size) => sum + size, 0);
      assert.ok(all <= kMost, `${all} bytes: ${first.join(" ")}`);
      assert.equal(first.filter((path) => path.includes("Pack")).length, 1, first.join(" "));
    }));
}
