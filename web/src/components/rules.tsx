import type { AppliedRule } from "../api/types";
import { colourOf } from "../families";
import { useFormat } from "../format";
import type { Texts } from "../i18n";
import { href } from "../route";
import { useTexts } from "../settings";

type Effect = "pin" | "raise" | "lower" | "quota";

function effectOf(rule: AppliedRule): Effect {
  if (rule.do !== "boost") return rule.do;
  return (rule.by ?? 0) < 0 ? "lower" : "raise";
}

// What a rule did to an item, as a part of a sentence.
export function ruleSaid(rule: AppliedRule, t: Texts): string {
  return t.byRule.sentence[effectOf(rule)](rule.name, String(rule.position ?? ""));
}

export function RuleName({ name }: { name: string }) {
  return (
    <a class="rule-name" href={href(["rules"])}>
      {name}
    </a>
  );
}

function RuleSwatch() {
  return <span class="swatch" style={{ background: colourOf("rules") }} />;
}

export function RuleBadges({ rules }: { rules: AppliedRule[] }) {
  const t = useTexts();
  return (
    <ul class="rule-badges" aria-label={t.byRule.title}>
      {rules.map((rule) => (
        <li key={rule.name} class="tag rule-tag" title={t.familyTexts.rules}>
          <RuleSwatch /> {t.byRule.badge[effectOf(rule)](rule.name)}
        </li>
      ))}
    </ul>
  );
}

// Each rule with its position or strength.
export function RuleEffects({ rules }: { rules: AppliedRule[] }) {
  const t = useTexts();
  const format = useFormat();
  const effect = (rule: AppliedRule) => {
    const kind = effectOf(rule);
    if (kind === "pin") return t.byRule.effect.pin(format.whole(rule.position));
    return t.byRule.effect[kind](format.number(Math.abs(rule.by ?? 0)));
  };
  return (
    <ul class="bare">
      {rules.map((rule) => (
        <li key={rule.name} class="near">
          <span>
            <RuleSwatch /> <RuleName name={rule.name} />
          </span>
          <span class="muted">{effect(rule)}</span>
        </li>
      ))}
    </ul>
  );
}
