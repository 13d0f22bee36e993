import { api } from "../api/endpoints";
import type { Rule } from "../api/types";
import { useFormat, type Format } from "../format";
import { useLoad } from "../hooks/useLoad";
import { PageHead, Panel } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Empty, Show } from "../components/states";
import { useLaterTexts } from "../hooks/useLaterTexts";
import type { LaterTexts } from "../i18n/later";
import { href } from "../route";
import { useTexts } from "../settings";

function effectOf(rule: Rule, x: LaterTexts, format: Format): string {
  const { effect } = x.rules;
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
        .join(x.rules.and);
  }
}

// Which items the rule is about; a pinned one is linked instead.
function selectionOf(rule: Rule, x: LaterTexts): string {
  const { which } = x.rules;
  if (rule.added_since_training === true) return which.added;
  const field = rule.field ?? "";
  if (rule.date !== undefined) return rule.date === "past" ? which.past(field) : which.future(field);
  if (rule.is !== undefined && rule.is.length > 0) return which.is(field, rule.is.join(x.rules.or));
  const bounds = [
    rule.above === undefined ? "" : which.above(String(rule.above)),
    rule.below === undefined ? "" : which.below(String(rule.below)),
  ];
  return `${field} ${bounds.filter((part) => part !== "").join(x.rules.and)}`;
}

function Row({ rule }: { rule: Rule }) {
  const x = useLaterTexts();
  const format = useFormat();
  return (
    <tr>
      <th scope="row">{rule.name}</th>
      <td>{effectOf(rule, x, format)}</td>
      <td>
        {rule.do === "pin" && rule.item !== undefined ? (
          rule.items === 0 ? (
            x.rules.unknown(rule.item)
          ) : (
            <a href={href(["items", rule.item])}>{rule.title ?? rule.item}</a>
          )
        ) : (
          selectionOf(rule, x)
        )}
      </td>
      <td class="num">{format.whole(rule.items)}</td>
      <td class="muted">{rule.from === "api" ? x.rules.byApi : x.rules.byFile}</td>
    </tr>
  );
}

function RulesTable({ rules }: { rules: Rule[] }) {
  const x = useLaterTexts();
  return (
    <>
      <Scroll label={x.rules.all}>
        <table>
          <thead>
            <tr>
              <th scope="col">{x.rules.name}</th>
              <th scope="col">{x.rules.does}</th>
              <th scope="col">{x.rules.items}</th>
              <th scope="col" class="num">
                {x.rules.count}
              </th>
              <th scope="col">{x.rules.from}</th>
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
        <li>{x.rules.everybody}</li>
        {rules.some((rule) => rule.do === "pin") && <li>{x.rules.pinText}</li>}
        <li>{x.rules.countText}</li>
        <li>{x.rules.change}</li>
      </ul>
      {rules.some((rule) => rule.do === "filter") && (
        <p>
          <a href={href(["items"], { state: "left_out" })}>{x.rules.toLeftOut}</a>
        </p>
      )}
    </>
  );
}

export function RulesPage() {
  const t = useTexts();
  const x = useLaterTexts();
  const loaded = useLoad(api.rules, []);
  return (
    <>
      <PageHead title={t.nav.places.rules} lead={x.rules.lead} />
      <Panel title={x.rules.all}>
        <Show loaded={loaded}>
          {({ rules }) =>
            rules.length === 0 ? <Empty title={x.rules.none}>{x.rules.noneText}</Empty> : <RulesTable rules={rules} />
          }
        </Show>
      </Panel>
    </>
  );
}
