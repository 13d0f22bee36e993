const paths = {
  overview: "M3 13h4l3-8 4 14 3-6h4",
  users:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.6-3.6 3.2-5.5 6.5-5.5s5.9 1.9 6.5 5.5M16 4.5a3.5 3.5 0 0 1 0 6.2M18 14.8c1.9.8 3.1 2.5 3.5 5.2",
  items: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20.5 20.5",
  quality: "M12 3l8 3v6c0 4.5-3.3 7.7-8 9-4.7-1.3-8-4.5-8-9V6zM8.5 12l2.5 2.5 4.5-5",
  training: "M4 4v16h16M7.5 8c1.5 5 4.5 7.5 12 8",
  experiments: "M9 3h6M10 3v6L4.8 18.2A1.9 1.9 0 0 0 6.5 21h11a1.9 1.9 0 0 0 1.7-2.8L14 9V3M7.5 15h9",
  models: "M12 3l8.5 4.5L12 12 3.5 7.5zM3.5 12 12 16.5 20.5 12M3.5 16.5 12 21l8.5-4.5",
  rules: "M4 6.5h9M17 6.5h3M4 12h3M11 12h9M4 17.5h7M15 17.5h5M13 4.5v4M7 10v4M11 15.5v4",
  keys: "M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12.5 12H21v3.5M17.5 12v2.5",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  light:
    "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  dark: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z",
  plus: "M12 5v14M5 12h14",
  chevron: "M6 9.5l6 6 6-6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  empty: "M3.5 9c2.8-2.5 5.7-2.5 8.5 0s5.7 2.5 8.5 0M3.5 14.5c2.8-2.5 5.7-2.5 8.5 0s5.7 2.5 8.5 0",
  alert: "M12 8.5v4.5M12 16.5v.1M12 3.5 21.5 20h-19z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

export function Logo() {
  return (
    <svg class="logo" width="28" height="28" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <rect width="24" height="24" rx="6" />
      <path d="M4.5 8.2c2.5-2.4 5-2.4 7.5 0s5 2.4 7.5 0M4.5 12.4c2.5-2.4 5-2.4 7.5 0s5 2.4 7.5 0M7 16.6c1.7-1.6 3.3-1.6 5 0s3.3 1.6 5 0" />
    </svg>
  );
}
