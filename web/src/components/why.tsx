import type { Near, Why } from "../api/types";
import { familiesOf, familyOf, largestOf, strongestOf } from "../families";
import { useFormat } from "../format";
import type { Texts } from "../i18n";
import { href } from "../route";
import { useTexts } from "../settings";
import { ruleSaid, RuleEffects } from "./rules";
import { FamilyBars, NamedBars } from "./shares";

const kNamedInDetails = 3;

// Whether what friends took says more than what all others with the same taste took.
function isOfFriends(why: Why): boolean {
  const models = why.experts ?? {};
  const friends = models.friends ?? 0;
  const taste = Object.entries(models).filter(([name]) => familyOf(name) === "taste");
  return 2 * friends > taste.reduce((sum, [, share]) => sum + share, 0);
}

// What the models have for an item. Where nothing is but a rule, the rule says all.
function modelsSaid(why: Why, t: Texts): string[] {
  const rules = why.rules ?? [];
  const strongest = strongestOf(familiesOf(why));
  if (strongest === null) return rules.some((rule) => rule.do !== "boost") ? [] : [t.why.nothing];
  if (strongest === "rules" && rules.length > 0) return [];
  if (strongest === "taste" && isOfFriends(why)) return [t.why.friends];
  if (strongest === "content" && 2 * (why.sources?.query ?? 0) > 1) return [t.why.asked];
  // What the API measured, not what content often is: a picture's vector has no words.
  if (strongest === "content") return [t.why.content(largestOf("content", why.sources ?? why.experts))];
  return [t.why.strongest[strongest]];
}

// A list with seen items and a search may hold what stands in the history itself: nothing is near to it but others.
function othersNear(item: string, why: Why): Near[] {
  return why.nearest?.filter((near) => near.item !== item) ?? [];
}

// A reason in words, made from the parts of the explanation rather than its English text: the rules first, since they
// decide. most: items of the history that it names.
export function reasonOf(item: string, why: Why, t: Texts, most: number): string {
  const others = othersNear(item, why);
  const near = others.slice(0, most).map(({ title }) => title);
  const parts = [
    ...(why.rules ?? []).map((rule) => ruleSaid(rule, t)),
    ...(others.length < (why.nearest?.length ?? 0) ? [t.why.had] : []),
    ...(near.length > 0 ? [t.why.near(near.join(t.why.and))] : []),
    ...modelsSaid(why, t),
  ];
  return t.why.sentence(parts);
}

function Nearest({ nearest }: { nearest: Near[] }) {
  const t = useTexts();
  const format = useFormat();
  if (nearest.length === 0) return <p class="muted">{t.list.noNearest}</p>;
  return (
    <ul class="bare">
      {nearest.map((near) => (
        <li key={near.item} class="near">
          <a href={href(["items", near.item])}>{near.title}</a>
          <span class="muted num">{format.percent(near.similarity, 0)}</span>
        </li>
      ))}
    </ul>
  );
}

export function WhyDetails({ item, why }: { item: string; why: Why }) {
  const t = useTexts();
  const channels: Record<string, string> = t.controls.channels;
  const rules = why.rules ?? [];
  return (
    <div class="why">
      <p class="why-text">{reasonOf(item, why, t, kNamedInDetails)}</p>
      {rules.length > 0 && (
        <div class="why-rules">
          <h3>{t.byRule.title}</h3>
          <RuleEffects rules={rules} />
        </div>
      )}
      <div class="why-columns">
        <div>
          <h3>{t.list.shares}</h3>
          <FamilyBars label={t.list.shares} shares={familiesOf(why)} />
        </div>
        <div>
          <h3>{t.list.nearest}</h3>
          <Nearest nearest={othersNear(item, why)} />
        </div>
      </div>
      <details class="why-raw">
        <summary>{t.families.details}</summary>
        <div class="why-columns">
          <div>
            <h3>{t.list.sources}</h3>
            <NamedBars label={t.list.sources} shares={why.sources} />
          </div>
          <div>
            <h3>{t.list.experts}</h3>
            <NamedBars label={t.list.experts} shares={why.experts} />
          </div>
        </div>
        {why.experts?.network !== undefined && <p class="muted">{t.list.networkSplit}</p>}
        {why.channel && (
          <p class="muted">
            {t.list.channel} <span class="tag">{channels[why.channel] ?? why.channel}</span>
          </p>
        )}
      </details>
    </div>
  );
}
