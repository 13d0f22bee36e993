import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

export type Language = "en" | "zh";
export type Theme = "light" | "dark";

export interface Look {
  language?: Language;
  theme?: Theme;
  size?: { width: number; height: number };
  key?: string;
}

export interface Opened {
  context: BrowserContext;
  page: Page;
  // What went wrong in the page: console errors, uncaught exceptions, requests elsewhere.
  faults: string[];
  go: (path: string) => Promise<void>;
}

export const kWide = { width: 1440, height: 900 };
export const kNarrow = { width: 390, height: 844 };

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
}

export async function open(browser: Browser, url: string, look: Look = {}): Promise<Opened> {
  const { language = "en", theme = "light", size = kWide, key = process.env.HAINA_KEY ?? "" } = look;
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    locale: language === "zh" ? "zh-CN" : "en-GB",
  });
  if (key !== "") await context.addInitScript((value) => sessionStorage.setItem("haina.key", value), key);
  const page = await context.newPage();
  const faults: string[] = [];
  const origin = new URL(url).origin;
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`request to ${request.url()}`);
  });
  const base = url.endsWith("/") ? url : `${url}/`;
  return { context, page, faults, go: async (path) => void (await page.goto(`${base}#/${path}`)) };
}

// A failed answer is logged by the browser itself; tests that provoke one expect that line and no other.
export function assertOnlyFailedAnswers(faults: string[]): void {
  assert.deepEqual(
    faults.filter((fault) => !fault.includes("Failed to load resource")),
    [],
  );
}

export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

export async function assertNoSideways(page: Page): Promise<void> {
  const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
  assert.ok(content <= view, `the page is ${content} px wide in a window of ${view} px`);
}
