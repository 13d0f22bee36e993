import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { List, ListItem } from "../api/types";
import { familiesOf, kFamilies, type Family } from "../families";
import type { Move, ListDiff } from "../listDiff";
import { href } from "../route";
import { useSaid, useTexts } from "../settings";
import { Icon } from "./icons";
import { RuleBadges } from "./rules";
import { FamilyLegend, FamilyStack, isSeen } from "./shares";
import { Empty } from "./states";
import { reasonOf, WhyDetails } from "./why";

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

const kNamedInRow = 1;

interface RowProps {
  item: ListItem;
  place: number;
  move: Move | undefined;
  actions: ComponentChildren;
}

function Row({ item, place, move, actions }: RowProps) {
  const t = useTexts();
  const [open, setOpen] = useState(false);
  const id = useId();
  const { why } = item;
  const rules = why?.rules ?? [];
  return (
    <li class={`rec ${move?.kind ?? ""}`}>
      <div class="rec-line">
        <div class="rec-place">
          <span class="rec-rank">{place}</span>
          <Mark move={move} />
        </div>
        <div class="rec-title">
          <div class="rec-head">
            <a href={href(["items", item.item])}>{item.title}</a>
            {rules.length > 0 && <RuleBadges rules={rules} />}
          </div>
          <span class="rec-sub">
            <span class="mono">{item.item}</span>
            {why !== undefined && <> · {reasonOf(item.item, why, t, kNamedInRow)}</>}
          </span>
        </div>
        {why !== undefined && (
          <div class="rec-bars">
            <FamilyStack label={t.list.shares} shares={familiesOf(why)} />
          </div>
        )}
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
      <div id={id}>{open && why !== undefined && <WhyDetails item={item.item} why={why} />}</div>
    </li>
  );
}

// The families that a list's reasons mention, in their fixed order.
function familiesIn(items: ListItem[]): Family[] {
  const reasons = items.flatMap(({ why }) => why ?? []);
  const shares = reasons.map(familiesOf);
  const ruled = reasons.some(({ rules = [] }) => rules.length > 0);
  return kFamilies.filter((family) => shares.some((of) => isSeen(of[family])) || (ruled && family === "rules"));
}

interface ListProps {
  list: List;
  moves?: ListDiff | null;
  // In a word, why an item is no longer in the list; empty where others only rank higher.
  whyLeft?: ((item: string) => string) | undefined;
  empty: string;
  // Codes of notes that the page says itself, or that do not fit there.
  unsaid?: readonly string[];
  actions?: (item: ListItem) => ComponentChildren;
}

export function RecommendationList({ list, moves = null, whyLeft, empty, unsaid = [], actions }: ListProps) {
  const t = useTexts();
  const said = useSaid();
  const notes = (list.notes ?? [])
    .map((text, i) => ({ text, code: list.note_codes?.[i] }))
    .filter(({ code }) => !unsaid.includes(code?.code ?? ""));
  const leftAs = ({ item, title }: ListItem) => {
    const because = whyLeft?.(item) ?? "";
    return because === "" ? title : t.list.leftAs(title, because);
  };
  return (
    <>
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map(({ text, code }) => (
            <li key={text}>{said.sentence(text, code)}</li>
          ))}
        </ul>
      )}
      {list.items.length === 0 ? (
        <Empty title={empty} />
      ) : (
        <>
          <FamilyLegend label={t.list.shares} families={familiesIn(list.items)} />
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
          {t.list.left} {moves.left.map(leftAs).join(", ")}
        </p>
      )}
    </>
  );
}
