// What every test file shares: a browser, and an engine to look at: HAINA_URL (with HAINA_KEY where keys are needed), or
// the mock.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser } from "playwright-core";
import { startMock } from "../mock/server.mjs";
import { launch, open, shoot, type Language, type Look, type Opened } from "./browser";

export const kMocked = !process.env.HAINA_URL;
export const kOnlyMock = kMocked ? {} : { skip: "needs the mock" };
export const kFor = { timeout: 15000 };

export let browser: Browser;
export let url = process.env.HAINA_URL ?? "";
let stopMock = (): Promise<unknown> => Promise.resolve();
export let user = "";
export let item = "";

export function headers(): Record<string, string> {
  return process.env.HAINA_KEY ? { "X-API-Key": process.env.HAINA_KEY } : {};
}

export async function ask<T>(path: string): Promise<T> {
  const response = await fetch(new URL(path, url), { headers: headers() });
  assert.equal(response.status, 200, path);
  return (await response.json()) as T;
}

before(async () => {
  if (kMocked) {
    const mock = await startMock();
    url = mock.url;
    stopMock = mock.close;
  }
  browser = await launch();
  const { users } = await ask<{ users: string[] }>("/v1/users?limit=20");
  user = users[Math.min(1, users.length - 1)]!;
  const { items } = await ask<{ items: { item: string }[] }>("/v1/map?most=50");
  item = items[0]!.item;
});

after(async () => {
  await browser.close();
  await stopMock();
});

export async function within(look: Look, work: (opened: Opened) => Promise<void>): Promise<void> {
  const opened = await open(browser, url, look);
  try {
    await work(opened);
  } catch (error) {
    await shoot(opened.page, "failed");
    throw error;
  } finally {
    await opened.context.close();
  }
}

export interface Place {
  name: string;
  path: () => string;
  heading: Partial<Record<Language, string>>;
  // What shows that data has come.
  data: string;
}

export const kPlaces: Place[] = [
  { name: "overview", path: () => "overview", heading: { en: "Overview", zh: "总览" }, data: ".tile-value" },
  { name: "users", path: () => "users", heading: { en: "Users", zh: "用户" }, data: ".id-grid a" },
  { name: "user", path: () => `users/${encodeURIComponent(user)}`, heading: {}, data: ".rec .stack-part" },
  { name: "items", path: () => "items", heading: { en: "Items", zh: "物品" }, data: ".map-list a" },
  { name: "item", path: () => `items/${encodeURIComponent(item)}`, heading: {}, data: "table tbody tr" },
  { name: "search", path: () => "search?q=war", heading: { en: "Search", zh: "搜索" }, data: ".rec, .empty" },
  { name: "quality", path: () => "quality", heading: { en: "Data quality", zh: "数据质量" }, data: "table tbody tr" },
  { name: "training", path: () => "training", heading: { en: "Training", zh: "训练" }, data: ".tile-value" },
  { name: "experiments", path: () => "experiments", heading: { en: "Experiments", zh: "实验" }, data: ".big-number" },
  { name: "models", path: () => "models", heading: { en: "Models", zh: "模型" }, data: "tr.current" },
  { name: "rules", path: () => "rules", heading: { en: "Rules", zh: "规则" }, data: "table tbody tr, .empty" },
  { name: "keys", path: () => "keys", heading: { en: "API keys", zh: "API 密钥" }, data: "table tbody tr, .empty" },
];
