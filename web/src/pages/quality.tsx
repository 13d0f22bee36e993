import { api } from "../api/endpoints";
import type { JsonObject } from "../api/types";
import { useFormat } from "../format";
import { useLoad } from "../hooks/useLoad";
import { number, numbers, object, objects, text, texts, without } from "../json";
import { RawDocument } from "../components/keyValues";
import { PageHead, Panel, Tile, Tiles } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Bars } from "../components/shares";
import { Empty, Show } from "../components/states";
import { useSaid, useTexts } from "../settings";
import { useLaterTexts } from "../hooks/useLaterTexts";

const kShownByName = ["schema", "totals", "sources", "rules", "missing", "meetings", "alignments"];
const kPairs = 50;
// A smaller share is most often a wrong column, or another form of the ids.
const kFewMeet = 0.5;

function Sources({ sources }: { sources: JsonObject[] }) {
  const x = useLaterTexts().quality;
  const said = useSaid();
  const format = useFormat();
  const names = sources.map(({ name }) => text(name));
  // The rows of the store follow those of the files under the same name.
  const isLive = (i: number) => names.indexOf(names[i]!) < i;
  return (
    <>
      <Scroll label={x.sources}>
        <table>
          <thead>
            <tr>
              <th scope="col">{x.source}</th>
              <th scope="col">{x.kind}</th>
              <th scope="col" class="num">
                {x.read}
              </th>
              <th scope="col" class="num">
                {x.accepted}
              </th>
              <th scope="col" class="num">
                {x.rejected}
              </th>
              <th scope="col" class="num">
                {x.dropped}
              </th>
              <th scope="col">{x.rejects}</th>
            </tr>
          </thead>
          <tbody>
            {sources.map((source, i) => {
              const rejects = texts(source.rejects);
              return (
                <tr key={i}>
                  <th scope="row" class="mono">
                    {names[i]}
                    {isLive(i) && <span class="tag live-tag">{x.live}</span>}
                  </th>
                  <td class="muted">{said.term(text(source.kind))}</td>
                  <td class="num">{format.whole(number(source.read))}</td>
                  <td class="num">{format.whole(number(source.accepted))}</td>
                  <td class={`num ${(number(source.rejected) ?? 0) > 0 ? "warn" : ""}`}>
                    {format.whole(number(source.rejected))}
                  </td>
                  <td class={`num ${(number(source.dropped) ?? 0) > 0 ? "warn" : ""}`}>
                    {format.whole(number(source.dropped))}
                  </td>
                  <td>
                    <Examples examples={rejects} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      {names.some((_, i) => isLive(i)) && <p class="notes">{x.liveText}</p>}
    </>
  );
}

function Examples({ examples }: { examples: string[] }) {
  const x = useLaterTexts().quality;
  if (examples.length === 0) return <span class="muted">–</span>;
  return (
    <details>
      <summary>{x.examples(examples.length)}</summary>
      <ul class="examples">
        {examples.map((example, i) => (
          <li key={i} class="mono">
            {example}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Rules({ rules }: { rules: JsonObject[] }) {
  const x = useLaterTexts().quality;
  const said = useSaid();
  const format = useFormat();
  return (
    <Scroll label={x.rules}>
      <table>
        <thead>
          <tr>
            <th scope="col">{x.rule}</th>
            <th scope="col">{x.source}</th>
            <th scope="col" class="num">
              {x.cases}
            </th>
            <th scope="col">{x.forExample}</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule, i) => (
            <tr key={i}>
              <th scope="row">{said.term(text(rule.rule))}</th>
              <td class="mono">{text(rule.source) || <span class="muted">{x.everySource}</span>}</td>
              <td class="num">{format.whole(number(rule.count))}</td>
              <td>
                <Examples examples={texts(rule.examples)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

// How the ids of each source meet those of the events: what does not meet reaches no list.
function Meetings({ meetings }: { meetings: JsonObject[] }) {
  const x = useLaterTexts().quality;
  const format = useFormat();
  const sides: Record<string, string> = x.sides;
  const share = (value: number | null) => (
    <td class={`num ${value !== null && value < kFewMeet ? "warn" : ""}`}>{format.percent(value)}</td>
  );
  return (
    <>
      <p class="muted">{x.meetingsText}</p>
      <Scroll label={x.meetings}>
        <table>
          <thead>
            <tr>
              <th scope="col">{x.source}</th>
              <th scope="col">{x.side}</th>
              <th scope="col" class="num">
                {x.ids}
              </th>
              <th scope="col" class="num">
                {x.met}
              </th>
              <th scope="col" class="num">
                {x.eventsMet}
              </th>
              <th scope="col">{x.strangers}</th>
            </tr>
          </thead>
          <tbody>
            {meetings.map((meeting, i) => (
              <tr key={i}>
                <th scope="row" class="mono">
                  {text(meeting.source)}
                </th>
                <td class="muted">{sides[text(meeting.side)] ?? text(meeting.side)}</td>
                <td class="num">{format.whole(number(meeting.ids))}</td>
                {share(number(meeting.met))}
                {share(number(meeting.events_met))}
                <td class="mono">
                  {[...texts(meeting.strangers), text(meeting.note)].filter((part) => part !== "").join(", ") || "–"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

// The worst first; fields without a gap are counted only.
function Missing({ fields }: { fields: [string, number][] }) {
  const x = useLaterTexts().quality;
  const format = useFormat();
  if (fields.length === 0) return <Empty title={x.noMissing} />;
  const gaps = fields.filter(([, share]) => share > 0).sort((a, b) => b[1] - a[1]);
  const whole = fields.length - gaps.length;
  return (
    <>
      {gaps.length > 0 && <Bars label={x.missing} whole={1} bars={gaps.map(([name, value]) => ({ name, value }))} />}
      {whole > 0 && <p class="muted">{x.noGaps(format.whole(whole))}</p>}
    </>
  );
}

function Alignments({ alignments }: { alignments: JsonObject[] }) {
  const x = useLaterTexts().quality;
  const said = useSaid();
  const format = useFormat();
  return (
    <Scroll label={x.alignments}>
      <table>
        <thead>
          <tr>
            <th scope="col">{x.source}</th>
            <th scope="col">{x.to}</th>
            <th scope="col">{x.by}</th>
            <th scope="col" class="num">
              {x.rows}
            </th>
            <th scope="col" class="num">
              {x.aligned}
            </th>
            <th scope="col">{x.pairs}</th>
          </tr>
        </thead>
        <tbody>
          {alignments.map((alignment, i) => {
            const pairs = texts(alignment.pairs);
            return (
              <tr key={i}>
                <th scope="row" class="mono">
                  {text(alignment.source)}
                </th>
                <td class="mono">{text(alignment.to)}</td>
                <td>{said.term(text(alignment.by))}</td>
                <td class="num">{format.whole(number(alignment.rows))}</td>
                <td class="num">{format.whole(pairs.length)}</td>
                <td>
                  <Examples examples={pairs.slice(0, kPairs)} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function Report({ report }: { report: JsonObject }) {
  const t = useTexts();
  const x = useLaterTexts().quality;
  const format = useFormat();
  const totals = Object.entries(object(report.totals));
  const sources = objects(report.sources);
  const rules = objects(report.rules);
  const alignments = objects(report.alignments);
  const meetings = objects(report.meetings);
  const rest = without(report, kShownByName);
  const totalNames: Record<string, string> = x.totalNames;
  return (
    <>
      {totals.length > 0 && (
        <Tiles label={x.totals}>
          {totals.map(([name, value]) => (
            <Tile
              key={name}
              label={totalNames[name] ?? name}
              value={typeof value === "number" ? format.whole(value) : JSON.stringify(value)}
            />
          ))}
        </Tiles>
      )}
      <Panel title={x.sources}>
        {sources.length === 0 ? <Empty title={t.state.noData} /> : <Sources sources={sources} />}
      </Panel>
      <Panel title={x.rules}>{rules.length === 0 ? <Empty title={x.noRules} /> : <Rules rules={rules} />}</Panel>
      {meetings.length > 0 && (
        <Panel title={x.meetings}>
          <Meetings meetings={meetings} />
        </Panel>
      )}
      <div class={alignments.length === 0 ? "stack-gap" : "grid two"}>
        <Panel title={x.missing}>
          <Missing fields={numbers(report.missing)} />
        </Panel>
        {alignments.length > 0 && (
          <Panel title={x.alignments}>
            <Alignments alignments={alignments} />
          </Panel>
        )}
      </div>
      {Object.keys(rest).length > 0 && <RawDocument values={rest} />}
    </>
  );
}

export function QualityPage() {
  const t = useTexts();
  const x = useLaterTexts().quality;
  const quality = useLoad(api.quality, []);
  return (
    <>
      <PageHead title={t.nav.places.quality} lead={x.lead} />
      <Show loaded={quality} lines={10}>
        {(report) => <Report report={report} />}
      </Show>
    </>
  );
}
