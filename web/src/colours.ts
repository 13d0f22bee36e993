const kColours = 10;

const orders: Record<"source" | "expert" | "group", string[]> = { source: [], expert: [], group: [] };

// A name keeps its colour for as long as the console is open; names beyond the palette share one grey.
export function colourIndex(kind: keyof typeof orders, name: string): number {
  const order = orders[kind];
  let index = order.indexOf(name);
  if (index < 0) index = order.push(name) - 1;
  return index < kColours ? index + 1 : 0;
}

export function colourOf(kind: keyof typeof orders, name: string): string {
  return `var(--c${colourIndex(kind, name)})`;
}

// The colours in use now, for canvases, which know no variables.
export function cssColour(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}
