// Keys: the first one, further ones, and what may cover their secrets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNoSideways, assertOnlyFailedAnswers, kNarrow, kWide, shoot } from "./browser";
import { kFor, within } from "./harness";

const refusal = {
  status: 401,
  contentType: "application/problem+json",
  body: JSON.stringify({ title: "Unauthorized", status: 401, detail: "no valid key", hint: "send one" }),
};

test("the first key: what it changes, how it is made with the scope admin, and that the console uses it", () =>
  within({ key: "" }, async ({ page, faults, go }) => {
    const sent: string[] = [];
    await page.route("**/v1/keys", (route) => {
      sent.push(`${route.request().method()} ${route.request().headers()["x-api-key"] ?? ""}`);
      const known = sent.at(-1) === "GET haina_first";
      return route.fulfill({ json: { keys: known ? [{ name: "console", scope: "admin" }] : [] } });
    });
    await go("keys");
    await page.getByText("every caller without a key is refused").waitFor(kFor);
    assert.equal(await page.getByLabel("Scope").inputValue(), "admin");
    const command = page.getByLabel("Command for the first key");
    assert.equal(await command.inputValue(), "haina keys add console --scope admin --store URL");
    await page.getByLabel("Name").fill("Ann's key");
    assert.equal(await command.inputValue(), "haina keys add 'Ann'\\''s key' --scope admin --store URL");
    await page.getByLabel("Scope").selectOption("read");
    await page.getByText("can add no further ones").waitFor(kFor);
    await shoot(page, "first-key");
    await page.getByLabel("Key", { exact: true }).fill("haina_first");
    await page.getByRole("button", { name: "Use key" }).click();
    await page.getByRole("rowheader", { name: "console" }).waitFor(kFor);
    assert.equal(await page.getByRole("button", { name: "API key: set" }).count(), 1);
    assert.ok(!sent.some((call) => call.startsWith("POST")), sent.join(", "));
    assert.deepEqual(faults, []);
  }));

test("nothing covers the secret of a new key", () =>
  within({ key: "haina_old" }, async ({ page, faults, go }) => {
    let made = false;
    await page.route("**/v1/keys", (route) => {
      if (route.request().method() === "POST") {
        made = true;
        return route.fulfill({ json: { name: "shop", scope: "read", key: "haina_secret" } });
      }
      return made ? route.fulfill(refusal) : route.fulfill({ json: { keys: [{ name: "old", scope: "admin" }] } });
    });
    await go("keys");
    await page.getByLabel("Name").fill("shop");
    const refused = page.waitForResponse((response) => response.status() === 401);
    await page.getByRole("button", { name: "Add key" }).click();
    await refused;
    const secret = page.getByLabel("Key", { exact: true });
    await secret.waitFor(kFor);
    await page.waitForTimeout(300);
    assert.equal(await secret.inputValue(), "haina_secret");
    assert.equal(await page.getByRole("dialog").count(), 1);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("dialog", { name: "API key" }).waitFor(kFor);
    assertOnlyFailedAnswers(faults);
  }));

test("revoking the last key with the scope admin says what follows", () =>
  within({}, async ({ page, go }) => {
    const keys = [
      { name: "old", scope: "admin" },
      { name: "shop", scope: "write" },
    ];
    await page.route("**/v1/keys", (route) => route.fulfill({ json: { keys } }));
    await go("keys");
    await page.getByRole("button", { name: "Revoke old" }).click();
    await page.getByText("the last key with the scope admin").waitFor(kFor);
  }));

const kLong = "shop-frontend-of-the-northern-warehouses-2026";
const listed = [
  {
    name: kLong,
    scope: "write",
    tenant: "north",
    created: "2026-10-11T14:02:00Z",
    expires: "2036-10-11T12:00:00Z",
    last_used: "2026-11-25",
  },
  {
    name: "old",
    scope: "admin",
    tenant: "",
    created: "2020-01-05T12:00:00Z",
    expires: "2020-02-05T12:00:00Z",
    last_used: null,
  },
];

for (const size of [kWide, kNarrow]) {
  test(`each key says its tenant, its end and its last use, ${size.width} px`, () =>
    within({ size }, async ({ page, faults, go }) => {
      await page.route("**/v1/keys", (route) => route.fulfill({ json: { keys: listed } }));
      await go("keys");
      const row = (name: string) => page.getByRole("row", { name: new RegExp(name) });
      const first = await row(kLong).innerText();
      for (const part of ["north", "11 Oct 2026", "11 Oct 2036", "25 Nov 2026"]) assert.ok(first.includes(part), first);
      const old = await row("old").innerText();
      for (const part of ["none", "expired", "not yet"]) assert.ok(old.includes(part), old);
      await assertNoSideways(page);
      for (const part of [".tag", "button"]) {
        const box = (await row(kLong).locator(part).first().boundingBox())!;
        assert.ok(box.x + box.width <= size.width, `${part} ends at ${box.x + box.width}`);
        assert.ok(box.height < 40, `${part} is ${box.height} px high`);
      }
      await shoot(page, `keys-${size.width}`);
      assert.deepEqual(faults, []);
    }));
}

test("without tenants there is no column for them", () =>
  within({}, async ({ page, go }) => {
    await page.route("**/v1/keys", (route) => route.fulfill({ json: { keys: [listed[1]] } }));
    await go("keys");
    await page.getByRole("rowheader", { name: "old" }).waitFor(kFor);
    assert.equal(await page.getByRole("columnheader", { name: "Tenant" }).count(), 0);
  }));

test("a key is added with a tenant and a day on which it ends, where they are given", () =>
  within({}, async ({ page, go }) => {
    const sent: unknown[] = [];
    await page.route("**/v1/keys", (route) => {
      if (route.request().method() !== "POST") return route.fulfill({ json: { keys: listed } });
      sent.push(route.request().postDataJSON());
      return route.fulfill({ json: { name: "shop", scope: "read", key: "haina_secret" } });
    });
    await go("keys");
    const done = page.getByRole("button", { name: "Done" });
    await page.getByLabel("Name").fill("plain");
    await page.getByRole("button", { name: "Add key" }).click();
    await done.click();
    await page.getByLabel("Name").fill("shop");
    await page.getByLabel("Tenant (optional)").fill("north");
    await page.getByLabel("Ends on (optional)").fill("2036-01-31");
    await page.getByRole("button", { name: "Add key" }).click();
    await done.click();
    assert.deepEqual(sent, [
      { name: "plain", scope: "read" },
      { name: "shop", scope: "read", tenant: "north", expires: "2036-01-31" },
    ]);
  }));
