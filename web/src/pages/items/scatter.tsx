import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MapPoint } from "../../api/types";
import { cssColour } from "../../colours";
import { theme } from "../../settings";
import { useStore } from "../../store";

interface ScatterProps {
  points: MapPoint[];
  chosen: Set<string> | null;
  colours: Map<string, string>;
  label: string;
  onOpen: (item: string) => void;
}

interface Size {
  width: number;
  height: number;
}

const kMargin = 16;
const kReach = 14;
const kRadius = 3.2;

function placeOf(point: MapPoint, { width, height }: Size): [number, number] {
  const across = (width - 2 * kMargin) / 2;
  const down = (height - 2 * kMargin) / 2;
  return [kMargin + across * (1 + point.x), kMargin + down * (1 - point.y)];
}

function nearest(points: MapPoint[], size: Size, x: number, y: number): MapPoint | null {
  let best: MapPoint | null = null;
  let least = kReach * kReach;
  for (const point of points) {
    const [px, py] = placeOf(point, size);
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) {
      least = distance;
      best = point;
    }
  }
  return best;
}

function disc(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function draw(canvas: HTMLCanvasElement, props: ScatterProps, size: Size, hovered: MapPoint | null): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const scale = devicePixelRatio || 1;
  canvas.width = size.width * scale;
  canvas.height = size.height * scale;
  pen.scale(scale, scale);

  pen.strokeStyle = cssColour("--line-soft");
  pen.beginPath();
  pen.moveTo(size.width / 2, 0);
  pen.lineTo(size.width / 2, size.height);
  pen.moveTo(0, size.height / 2);
  pen.lineTo(size.width, size.height / 2);
  pen.stroke();

  const palette = new Map<string, string>();
  const colour = ({ group }: MapPoint) => {
    const variable = (group !== null && props.colours.get(group)) || "--c0";
    const known = palette.get(variable) ?? cssColour(variable);
    palette.set(variable, known);
    return known;
  };
  const isChosen = (point: MapPoint) => props.chosen === null || props.chosen.has(point.item);
  for (const front of [false, true]) {
    pen.globalAlpha = front ? 0.85 : 0.12;
    for (const point of props.points) {
      if (isChosen(point) !== front) continue;
      pen.fillStyle = colour(point);
      disc(pen, ...placeOf(point, size), kRadius);
    }
  }
  if (hovered === null) return;
  pen.globalAlpha = 1;
  pen.fillStyle = cssColour("--text");
  disc(pen, ...placeOf(hovered, size), kRadius + 3.5);
  pen.fillStyle = colour(hovered);
  disc(pen, ...placeOf(hovered, size), kRadius + 1.5);
}

export function Scatter(props: ScatterProps) {
  const { points, label, onOpen } = props;
  const shade = useStore(theme);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [hovered, setHovered] = useState<MapPoint | null>(null);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const watch = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    if (canvas.current !== null && size.width > 0) draw(canvas.current, props, size, hovered);
    // `draw` reads these members of props and no others.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [points, props.chosen, props.colours, size, hovered, shade]);

  const { chosen } = props;
  const within = useMemo(
    () => (chosen === null ? points : points.filter(({ item }) => chosen.has(item))),
    [points, chosen],
  );
  const at = (event: MouseEvent) => nearest(within, size, event.offsetX, event.offsetY);
  const [x, y] = hovered === null ? [0, 0] : placeOf(hovered, size);
  return (
    <div class="scatter" ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        class={hovered === null ? "" : "pointing"}
        onMouseMove={(event) => setHovered(at(event))}
        onMouseLeave={() => setHovered(null)}
        onClick={(event) => {
          const point = at(event);
          if (point !== null) onOpen(point.item);
        }}
      />
      {hovered !== null && (
        <div class={`tip ${x > size.width * 0.6 ? "before" : ""}`} style={{ left: `${x}px`, top: `${y}px` }}>
          <strong>{hovered.title}</strong>
          {hovered.group !== null && <span>{hovered.group}</span>}
        </div>
      )}
    </div>
  );
}
