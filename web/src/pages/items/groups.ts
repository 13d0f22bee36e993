import type { MapPoint } from "../../api/types";

const kColoured = 10;
export const kUncoloured = "--c0";

export interface Group {
  name: string;
  count: number;
  // A variable of the style sheet: one of its own for the largest groups only.
  colour: string;
}

export function groupsOf(points: MapPoint[]): Group[] {
  const counts = new Map<string, number>();
  for (const { group } of points) {
    if (group !== null) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const groups = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count], i) => ({ name, count, colour: i < kColoured ? `--c${i + 1}` : kUncoloured }));
  // Years and other numbers have an order of their own.
  const numeric = groups.every(({ name }) => Number.isFinite(Number(name)));
  return numeric ? groups.sort((a, b) => Number(a.name) - Number(b.name)) : groups;
}
