// Keys: the first one, further ones, and what may cover their secrets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertOnlyFailedAnswers, shoot } from "./browser";
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
