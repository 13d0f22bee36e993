import type { ComponentChild } from "preact";
import type { LeftOut, Standing } from "../api/types";
import { useTexts } from "../settings";
import { RuleName } from "./rules";

function Reason({ why }: { why: LeftOut }) {
  const t = useTexts();
  if (why.by === "hidden") return <>{t.standing.hidden}</>;
  const [before, after] = t.standing.byRule;
  return (
    <>
      {before}
      <RuleName name={why.rule} />
      {after}
    </>
  );
}

const keyOf = (why: LeftOut) => (why.by === "rule" ? `rule ${why.rule}` : why.by);

// One tag for each thing that an administrator should know of an item.
export function StandingTags({ of }: { of: Standing }) {
  const t = useTexts();
  const tags: ComponentChild[] = of.left_out.map((why) => (
    <li key={keyOf(why)} class={`tag ${why.by === "rule" ? "rule-tag" : "warn-tag"}`}>
      <Reason why={why} />
    </li>
  ));
  return (
    <ul class="tags standing">
      {of.listed ? <li class="dot good">{t.standing.listed}</li> : tags}
      {of.live && <li class="tag live-tag">{t.standing.live}</li>}
    </ul>
  );
}

// In words: whether lists can show the item, and if not, all that keeps it out.
export function StandingText({ of }: { of: Standing }) {
  const t = useTexts();
  if (of.listed) return <p class="notes">{t.standing.can}</p>;
  return (
    <div class="notes kept-out">
      <p>{of.left_out.length === 0 ? t.standing.cannot : t.standing.cannotBecause}</p>
      <ul>
        {of.left_out.map((why) => (
          <li key={keyOf(why)}>
            <Reason why={why} />
          </li>
        ))}
      </ul>
    </div>
  );
}
