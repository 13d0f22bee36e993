import { api } from "../api/endpoints";
import type { Rule } from "../api/types";
import { useFormat, type Format } from "../format";
import { useLoad } from "../hooks/useLoad";
import { PageHead, Panel } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Empty, Show } from "../components/states";
import type { Texts } from "../i18n";
import { href } from "../route";
import { useTexts } from "../settings";

function effectOf(rule: Rule, t: Texts, format: Format): string {
  const { effect } = t.rules;
  switch (rule.do) {
    case "filter":
      return effect.filter;
    case "pin":
      return effect.pin(format.whole(rule.position ?? 1));
    case "boost":
      return (rule.by ?? 1) < 0
        ? effect.lower(format.number(-(rule.by ?? 1)))
        : effect.raise(format.number(rule.by ?? 1));
    case "quota":
      return [
        (rule.at_least ?? 0) > 0 ? effect.fewest(format.whole(rule.at_least)) : "",
        rule.at_most === undefined ? "" : effect.largest(format.whole(rule.at_most)),
      ]
        .filter((part) => part !== "")
        .join(t.rules.and);
  }
}

// Which items the rule is about; a pinned one is linked instead.
function selectionOf(rule: Rule, t: Texts): string {
  const { which } = t.rules;
  if (rule.added_since_training === true) return which.added;
  const field = rule.field ?? "";
  if (rule.date !== undefined) return rule.date === "past" ? which.past(field) : which.future(field);
  if (rule.is !== undefined && rule.is.length > 0) return which.is(field, rule.is.join(t.rules.or));
  const bounds = [
    rule.above === undefined ? "" : which.above(String(rule.above)),
    rule.below === undefined ? "" : which.below(String(rule.below)),
  ];
  return `${field} ${bounds.filter((part) => part !== "").join(t.rules.and)}`;
}

function Row({ rule }: { rule: Rule }) {
  const t = useTexts();
  const format = useFormat();
  return (
    <tr>
      <th scope="row">{rule.name}</th>
      <td>{effectOf(rule, t, format)}</td>
      <td>
        {rule.do === "pin" && rule.item !== undefined ? (
          rule.items === 0 ? (
            t.rules.unknown(rule.item)
          ) : (
            <a href={href(["items", rule.item])}>{rule.title ?? rule.item}</a>
          )
        ) : (
          selectionOf(rule, t)
        )}
      </td>
      <td class="num">{format.whole(rule.items)}</td>
      <td class="muted">{rule.from === "api" ? t.rules.byApi : t.rules.byFile}</td>
    </tr>
  );
}

function RulesTable({ rules }: { rules: Rule[] }) {
  const t = useTexts();
  return (
    <>
      <Scroll label={t.rules.all}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.rules.name}</th>
              <th scope="col">{t.rules.does}</th>
              <th scope="col">{t.rules.items}</th>
              <th scope="col" class="num">
                {t.rules.count}
              </th>
              <th scope="col">{t.rules.from}</th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule) => (
              <Row key={rule.name} rule={rule} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <ul class="meanings">
        <li>{t.rules.everybody}</li>
        <li>{t.rules.countText}</li>
        <li>{t.rules.change}</li>
      </ul>
      {rules.some((rule) => rule.do === "filter") && (
        <p>
          <a href={href(["items"], { state: "left_out" })}>{t.rules.toLeftOut}</a>
        </p>
      )}
    </>
  );
}

export function RulesPage() {
  const t = useTexts();
  const loaded = useLoad(api.rules, []);
  return (
    <>
      <PageHead title={t.nav.places.rules} lead={t.rules.lead} />
      <Panel title={t.rules.all}>
        <Show loaded={loaded}>
          {({ rules }) =>
            rules.length === 0 ? <Empty title={t.rules.none}>{t.rules.noneText}</Empty> : <RulesTable rules={rules} />
          }
        </Show>
      </Panel>
    </>
  );
}
