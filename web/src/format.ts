import { language } from "./settings";
import { useStore } from "./store";
import type { Language } from "./i18n";

type Maybe = number | null | undefined;

export interface Format {
  whole: (value: Maybe) => string;
  short: (value: Maybe) => string;
  number: (value: Maybe, digits?: number) => string;
  fixed: (value: Maybe, digits: number) => string;
  percent: (value: Maybe, digits?: number) => string;
  ms: (value: Maybe) => string;
  seconds: (value: Maybe) => string;
  span: (seconds: Maybe) => string;
  time: (value: string | null | undefined) => string;
  day: (value: string | null | undefined) => string;
  clock: (unix: number) => string;
}

export const kUnknown = "–";

function known(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

interface Units {
  day: string;
  hour: string;
  minute: string;
  second: string;
  ms: string;
}

function make(numberLocale: string, timeLocale: string, units: Units): Format {
  const cache = new Map<string, Intl.NumberFormat>();
  const numbers = (options: Intl.NumberFormatOptions) => {
    const name = JSON.stringify(options);
    let format = cache.get(name);
    if (format === undefined) {
      format = new Intl.NumberFormat(numberLocale, options);
      cache.set(name, format);
    }
    return format;
  };
  const write = (value: Maybe, options: Intl.NumberFormatOptions) =>
    known(value) ? numbers(options).format(value) : kUnknown;
  const unit = (value: number, name: string, digits: number) =>
    `${numbers({ maximumFractionDigits: digits }).format(value)} ${name}`;

  const dateTime = new Intl.DateTimeFormat(timeLocale, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(timeLocale, { dateStyle: "medium" });
  // A date without a time is no moment: the same day in every time zone.
  const dateAlone = new Intl.DateTimeFormat(timeLocale, { dateStyle: "medium", timeZone: "UTC" });
  const clock = new Intl.DateTimeFormat(timeLocale, { timeStyle: "medium", hourCycle: "h23" });

  return {
    whole: (value) => write(value, { maximumFractionDigits: 0 }),
    short: (value) =>
      known(value) && Math.abs(value) < 10000
        ? write(value, { maximumFractionDigits: 0 })
        : write(value, { notation: "compact", maximumFractionDigits: 1 }),
    number: (value, digits = 2) => write(value, { maximumFractionDigits: digits }),
    fixed: (value, digits) => write(value, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    percent: (value, digits = 1) =>
      write(value, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }),
    ms: (value) => {
      if (!known(value)) return kUnknown;
      return value >= 1000
        ? unit(value / 1000, units.second, 2)
        : unit(value, units.ms, value < 10 ? 2 : value < 100 ? 1 : 0);
    },
    seconds: (value) => (known(value) ? unit(value, units.second, value < 10 ? 2 : 1) : kUnknown),
    span: (value) => {
      if (!known(value)) return kUnknown;
      const minutes = Math.floor(value / 60);
      const hours = Math.floor(minutes / 60);
      const days = Math.floor(hours / 24);
      if (days > 0) return `${days} ${units.day} ${hours % 24} ${units.hour}`;
      if (hours > 0) return `${hours} ${units.hour} ${minutes % 60} ${units.minute}`;
      if (minutes > 0 && value % 60 < 1) return `${minutes} ${units.minute}`;
      if (minutes > 0) return `${minutes} ${units.minute} ${Math.floor(value % 60)} ${units.second}`;
      return `${Math.floor(value)} ${units.second}`;
    },
    time: (value) => {
      if (!value) return kUnknown;
      const date = new Date(value);
      return Number.isNaN(date.getTime()) ? value : dateTime.format(date);
    },
    day: (value) => {
      if (!value) return kUnknown;
      const date = new Date(value);
      if (Number.isNaN(date.getTime())) return value;
      return (/^\d{4}-\d\d-\d\d$/.test(value) ? dateAlone : day).format(date);
    },
    clock: (unix) => clock.format(new Date(unix * 1000)),
  };
}

const formats: Record<Language, Format> = {
  en: make("en", "en-GB", { day: "d", hour: "h", minute: "min", second: "s", ms: "ms" }),
  zh: make("zh-CN", "zh-CN", { day: "天", hour: "小时", minute: "分", second: "秒", ms: "毫秒" }),
};

export function useFormat(): Format {
  return formats[useStore(language)];
}

// Versions such as 20261125T101500 are times in UTC.
export function timeOfVersion(version: string): string | null {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(version);
  return found === null ? null : `${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}Z`;
}

// A number as the API writes it, "1999.000000", without what says nothing. Years are not grouped: 1999, not 1,999.
export function plainNumber(value: string): string {
  const number = value.trim() === "" ? NaN : Number(value);
  return Number.isFinite(number) ? String(Number(number.toPrecision(12))) : value;
}
