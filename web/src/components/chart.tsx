import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { cssColour } from "../colours";
import { useFormat } from "../format";
import { theme, useTexts } from "../settings";
import { useStore } from "../store";
import { alone, drawMark, kTimeSteps, rangeAround, splitsFromFirst, timeTicks } from "./chartAxes";
import { Empty } from "./states";

type Value = number | null;

interface ChartProps {
  label: string;
  kind: "area" | "line" | "bars";
  x: number[];
  y: Value[];
  time?: boolean;
  colour?: string;
  height?: number;
  sync?: string;
  // A value of x that stands out, and the word for it.
  mark?: { x: number; text: string } | undefined;
  format: (value: number) => string;
  formatAxis?: (value: number) => string;
  formatX: (x: number) => string;
  // What the x axis counts, where its label does not say it.
  nameX?: string;
  // What to do where there is nothing to draw.
  emptyText?: string;
}

const kFont = "11px system-ui, sans-serif";

function faded(colour: string, share: number): string {
  return `color-mix(in srgb, ${colour} ${share}%, transparent)`;
}

function optionsOf(props: ChartProps, width: number, onCursor: (index: number | null) => void): uPlot.Options {
  const { kind, time = false, colour = "--accent", height = 172, sync } = props;
  const stroke = cssColour(colour);
  const axis = { stroke: cssColour("--text-3"), font: kFont, ticks: { show: false } };
  const half = kind === "bars" ? 0.6 : 0;
  const bars = kind === "bars" ? { paths: uPlot.paths.bars!({ size: [0.62, 46], radius: 0.15 }) } : {};
  return {
    width,
    height,
    // Room for half of the last label of the x axis.
    padding: [10, time ? 28 : 14, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { show: kind !== "bars", size: 7 },
      ...(sync === undefined ? {} : { sync: { key: sync } }),
    },
    scales: {
      x: { time, range: time ? (_, low, high) => [low, high] : rangeAround(half) },
      y: { range: (_, __, high) => [0, Number.isFinite(high) && high > 0 ? high * 1.12 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: time ? 80 : 34,
        // The lowest label of the other axis lies half below the line: the first label of this one stays clear of it.
        gap: 9,
        size: 28,
        ...(time
          ? { incrs: kTimeSteps, values: timeTicks(props.formatX) }
          : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], splits: splitsFromFirst }),
      },
      {
        ...axis,
        grid: { stroke: cssColour("--line-soft"), width: 1 },
        size: 54,
        space: 34,
        values: (_, splits) => splits.map((y) => (props.formatAxis ?? props.format)(y)),
      },
    ],
    series: [
      {},
      {
        stroke,
        width: kind === "bars" ? 0 : 1.75,
        fill: kind === "line" ? "transparent" : kind === "bars" ? faded(stroke, 85) : faded(stroke, 16),
        points: {
          show: kind === "line" && props.x.length < 60,
          filter: (plot, _, shown) => (shown || kind === "bars" ? null : alone(plot.data[1]!)),
        },
        ...bars,
      },
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      draw: [
        (plot) => {
          if (props.mark !== undefined) drawMark(plot, props.mark.x, cssColour("--text-2"));
        },
      ],
    },
  };
}

// One series over time, epochs or positions, with the value under the pointer written above it.
export function Chart(props: ChartProps) {
  const { label, x, y, format, formatX, kind, mark, nameX, emptyText } = props;
  const t = useTexts();
  const numbers = useFormat();
  const shade = useStore(theme);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const data = useMemo<uPlot.AlignedData>(() => [x, y], [x, y]);
  const known = y.filter((value): value is number => value !== null);
  const empty = known.length === 0;

  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const made = new uPlot(optionsOf(props, Math.max(box.clientWidth, 120), setAt), data, box);
    plot.current = made;
    const watch = new ResizeObserver(() => {
      if (box.clientWidth > 0) made.setSize({ width: box.clientWidth, height: made.height });
    });
    watch.observe(box);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
    // Made anew for what changes its axes or colors; new data alone go through setData below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shade, numbers, kind, empty, mark?.x]);

  useEffect(() => plot.current?.setData(data), [data]);

  const last = x.length - 1;
  const marked = mark === undefined ? -1 : x.indexOf(mark.x);
  const index = at !== null && at <= last ? at : kind === "bars" ? null : marked >= 0 ? marked : last;
  const value = index === null ? null : (y[index] ?? null);
  const saidMark =
    marked >= 0 && y[marked] !== null ? `. ${t.chart.marked(mark!.text, formatX(mark!.x))}, ${format(y[marked]!)}` : "";
  const summary = empty
    ? t.state.noData
    : t.chart.summary(format(known[known.length - 1]!), format(Math.min(...known)), format(Math.max(...known))) +
      saidMark;
  return (
    <figure class="chart" role="img" aria-label={`${label}. ${summary}`}>
      <figcaption aria-hidden="true">
        <span class="chart-label">{label}</span>
        {!empty && index !== null && (
          <span class="chart-read">
            <span class="muted">
              {index === marked ? t.chart.marked(mark!.text, formatX(x[index]!)) : formatX(x[index]!)}
            </span>{" "}
            {value === null ? "–" : format(value)}
          </span>
        )}
      </figcaption>
      {empty ? <Empty title={t.state.noData}>{emptyText}</Empty> : <div class="chart-box" ref={place} />}
      {!empty && nameX !== undefined && (
        <div class="chart-x" aria-hidden="true">
          {nameX}
        </div>
      )}
    </figure>
  );
}
