import type { HistoryEvent, HistoryPage } from "./api/types";

// The newest events of a user, as far as they have been read.
export interface EventLog {
  events: HistoryEvent[];
  total: number;
  // Events that came in while the log was read: they stand before its first one and move the offsets of all others.
  newer: number;
}

export const isWhole = ({ events, total, newer }: EventLog) => events.length + newer >= total;

export async function nextPage(log: EventLog, read: (offset: number) => Promise<HistoryPage>): Promise<EventLog> {
  const page = await read(log.events.length + log.newer);
  const come = Math.max(0, page.total - log.total);
  const events = [...log.events, ...page.events.slice(come)];
  const newer = log.newer + come;
  // An empty page ends the log, whatever the total says: what is gone meanwhile is not waited for.
  return { events, newer, total: page.events.length === 0 ? events.length + newer : page.total };
}

export async function wholeLog(read: (offset: number) => Promise<HistoryPage>): Promise<HistoryEvent[]> {
  const first = await read(0);
  let log: EventLog = { events: first.events, total: first.total, newer: 0 };
  while (!isWhole(log)) log = await nextPage(log, read);
  return log.events;
}

const kColumns = ["item", "title", "action", "time", "value", "live"] as const;

function cell(value: string | number | boolean | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// By RFC 4180. The mark at its beginning tells spreadsheets that it is UTF-8.
export function csvOf(events: HistoryEvent[]): string {
  const lines = [kColumns.join(","), ...events.map((event) => kColumns.map((name) => cell(event[name])).join(","))];
  return `\ufeff${lines.join("\r\n")}\r\n`;
}
