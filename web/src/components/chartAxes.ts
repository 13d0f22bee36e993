import type uPlot from "uplot";

const kMinute = 60;

// Seconds between ticks.
export const kTimeSteps = [5, 10, 15, 30, 60, 120, 180, 300, 600];

// Hours and minutes, with seconds where ticks lie closer than a minute: no two ticks of an axis read alike.
export function timeTicks(clock: (x: number) => string): uPlot.Axis.DynamicValues {
  return (_, splits, __, ___, step) => splits.map((x) => (step < kMinute ? clock(x) : clock(x).slice(0, 5)));
}

// All values, with room beside them; the only value of an axis stands in its middle.
export function rangeAround(half: number): uPlot.Range.Function {
  return (plot, low, high) => {
    const values = plot.data[0];
    if (values.length === 1) return [values[0]! - 0.5, values[0]! + 0.5];
    return [low - half, high + half];
  };
}

// Whole numbers from the first value on.
export const splitsFromFirst: uPlot.Axis.Splits = (_, __, low, high, step) => {
  const first = Math.ceil(low);
  const splits: number[] = [];
  for (let x = first; x <= high; x += Math.max(1, Math.round(step))) splits.push(x);
  return splits;
};

// Points that lines do not show, since there is no value on either side of them.
export function alone(values: ArrayLike<number | null | undefined>): number[] {
  const known = (i: number) => typeof values[i] === "number";
  return Array.from(values, (_, i) => i).filter((i) => known(i) && !known(i - 1) && !known(i + 1));
}

// A dashed line over the whole height.
export function drawMark(plot: uPlot, x: number, colour: string): void {
  const pen = plot.ctx;
  const across = Math.round(plot.valToPos(x, "x", true)) + 0.5;
  pen.save();
  pen.strokeStyle = colour;
  pen.lineWidth = devicePixelRatio || 1;
  pen.setLineDash([4, 4]);
  pen.beginPath();
  pen.moveTo(across, plot.bbox.top);
  pen.lineTo(across, plot.bbox.top + plot.bbox.height);
  pen.stroke();
  pen.restore();
}
