// How far apart colours are to people with and without colour blindness, and their contrast.

type Triple = [number, number, number];

// Machado, Oliveira and Fernandes 2009, at full severity.
const kEyes: Record<string, Triple[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Triple {
  const long = hex.length === 4 ? hex.replace(/[^#]/g, "$&$&") : hex;
  const channel = (at: number) => {
    const value = parseInt(long.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const times = (rows: Triple[], [r, g, b]: Triple): Triple =>
  rows.map(([x, y, z]) => x * r + y * g + z * b) as unknown as Triple;

function oklab(rgb: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb.map((value) => Math.max(0, value)) as Triple,
  ).map(Math.cbrt) as Triple;
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

// The least distance of two of the colours, in hundredths of OKLab, and to whom.
export function nearestPair(hexes: string[]): { distance: number; who: string } {
  let nearest = { distance: Infinity, who: "" };
  for (const [eye, rows] of Object.entries(kEyes)) {
    const seen = hexes.map((hex) => oklab(times(rows, linear(hex))));
    for (let i = 0; i < seen.length; ++i) {
      for (let j = 0; j < i; ++j) {
        const distance = 100 * Math.hypot(...seen[i]!.map((value, at) => value - seen[j]![at]!));
        if (distance < nearest.distance) nearest = { distance, who: `${eye}: ${hexes[i]} and ${hexes[j]}` };
      }
    }
  }
  return nearest;
}

export function contrast(one: string, other: string): number {
  const light = [one, other].map((hex) => {
    const [r, g, b] = linear(hex);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  });
  return Math.max(...light) / Math.min(...light);
}
