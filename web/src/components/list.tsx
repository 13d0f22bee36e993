import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { List, ListItem, Why } from "../api/types";
import { useFormat } from "../format";
import type { Move, ListDiff } from "../listDiff";
import { href } from "../route";
import { useTexts } from "../settings";
import { Icon } from "./icons";
import { Legend, ShareBars, sharesOf, StackedBar } from "./shares";
import { Empty } from "./states";

function Mark({ move }: { move: Move | undefined }) {
  const t = useTexts();
  if (move === undefined) return null;
  if (move.kind === "new") return <span class="mark new">{t.list.fresh}</span>;
  if (move.kind === "same")
    return (
      <span class="mark same" title={t.list.same}>
        =
      </span>
    );
  const said = t.list[move.kind](move.by);
  return (
    <span class={`mark ${move.kind}`} title={said}>
      <span aria-hidden="true">
        {move.kind === "up" ? "▲" : "▼"}
        {move.by}
      </span>
      <span class="sr-only">{said}</span>
    </span>
  );
}

function WhyDetails({ why }: { why: Why }) {
  const t = useTexts();
  const format = useFormat();
  const nearest = why.nearest ?? [];
  return (
    <div class="why">
      {why.text && <p class="why-text">{why.text}</p>}
      <div class="why-columns">
        <div>
          <h4>{t.list.sources}</h4>
          <ShareBars kind="source" label={t.list.sources} shares={why.sources} />
        </div>
        <div>
          <h4>{t.list.experts}</h4>
          <ShareBars kind="expert" label={t.list.experts} shares={why.experts} />
        </div>
        <div>
          <h4>{t.list.nearest}</h4>
          {nearest.length === 0 ? (
            <p class="muted">{t.list.noNearest}</p>
          ) : (
            <ul class="bare">
              {nearest.map((near) => (
                <li key={near.item} class="near">
                  <a href={href(["items", near.item])}>{near.title}</a>
                  <span class="muted num">{format.fixed(near.similarity, 3)}</span>
                </li>
              ))}
            </ul>
          )}
          {why.channel && (
            <p class="muted">
              {t.list.channel} <span class="tag">{why.channel}</span>
            </p>
          )}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  item: ListItem;
  place: number;
  move: Move | undefined;
  actions: ComponentChildren;
}

function Row({ item, place, move, actions }: RowProps) {
  const t = useTexts();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const id = useId();
  const { why } = item;
  const nearest = why?.nearest?.map((near) => near.title).join(" · ");
  return (
    <li class={`rec ${move?.kind ?? ""}`}>
      <div class="rec-line">
        <div class="rec-place">
          <span class="rec-rank">{place}</span>
          <Mark move={move} />
        </div>
        <div class="rec-title">
          <a href={href(["items", item.item])}>{item.title}</a>
          <span class="rec-sub">
            <span class="mono">{item.item}</span>
            {nearest && <> · {t.list.closeTo(nearest)}</>}
          </span>
        </div>
        {why !== undefined && (
          <div class="rec-bars">
            <StackedBar kind="source" label={t.list.sources} shares={why.sources} />
            <StackedBar kind="expert" label={t.list.experts} shares={why.experts} />
          </div>
        )}
        <span class="rec-score num" title={t.list.score}>
          {format.fixed(item.score, 3)}
        </span>
        <div class="rec-actions">
          {actions}
          {why !== undefined && (
            <button
              type="button"
              class={`icon-button toggle ${open ? "open" : ""}`}
              aria-expanded={open}
              aria-controls={id}
              aria-label={t.list.why(item.title)}
              title={t.list.why(item.title)}
              onClick={() => setOpen(!open)}
            >
              <Icon name="chevron" size={16} />
            </button>
          )}
        </div>
      </div>
      <div id={id}>{open && why !== undefined && <WhyDetails why={why} />}</div>
    </li>
  );
}

// All names that a list's reasons mention, the weightiest first.
function namesOf(items: ListItem[], field: "sources" | "experts"): string[] {
  const totals: Record<string, number> = {};
  for (const item of items) {
    for (const { name, share } of sharesOf(item.why?.[field])) totals[name] = (totals[name] ?? 0) + share;
  }
  return sharesOf(totals).map(({ name }) => name);
}

interface ListProps {
  list: List;
  moves?: ListDiff | null;
  empty: string;
  actions?: (item: ListItem) => ComponentChildren;
}

export function RecommendationList({ list, moves = null, empty, actions }: ListProps) {
  const t = useTexts();
  const notes = list.notes ?? [];
  return (
    <>
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {list.items.length === 0 ? (
        <Empty title={empty} />
      ) : (
        <>
          <Legend kind="source" label={t.list.sources} names={namesOf(list.items, "sources")} />
          <Legend kind="expert" label={t.list.experts} names={namesOf(list.items, "experts")} />
          <ol class={moves === null ? "recs" : "recs marked"}>
            {list.items.map((item, i) => (
              <Row
                key={item.item}
                item={item}
                place={i + 1}
                move={moves?.of.get(item.item)}
                actions={actions?.(item)}
              />
            ))}
          </ol>
        </>
      )}
      {moves !== null && moves.left.length > 0 && (
        <p class="left muted">
          {t.list.left} {moves.left.map((item) => item.title).join(", ")}
        </p>
      )}
    </>
  );
}
