import { api } from "../api/endpoints";
import type { ItemField } from "../api/types";
import { plainNumber, useFormat } from "../format";
import { useLoad } from "../hooks/useLoad";
import { HideButton } from "../components/hideButton";
import { PageHead, Panel, Tile, Tiles } from "../components/panel";
import { Scroll } from "../components/scroll";
import { FamilyWeights } from "../components/families";
import { StandingText } from "../components/standing";
import { Empty, Show } from "../components/states";
import { href } from "../route";
import { useSaid, useTexts } from "../settings";

const kNeighbours = 12;
const kLongText = 160;

// An id of a public graph, "m.0bj9k", for which the project's files have no name.
const kUnnamed = /^(?:[mg]\.[0-9a-z_]+|Q\d+)$/;

// Entities of a knowledge graph, "relation|name", by relation. Ids without names say nothing: they are counted.
function Links({ values }: { values: string[] }) {
  const t = useTexts();
  const format = useFormat();
  const named = new Map<string, { names: string[]; unnamed: number }>();
  for (const value of values) {
    const bar = value.indexOf("|");
    const relation = bar < 0 ? "" : value.slice(0, bar);
    const of = named.get(relation) ?? { names: [], unnamed: 0 };
    const name = value.slice(bar + 1);
    if (kUnnamed.test(name)) of.unnamed += 1;
    else of.names.push(name);
    named.set(relation, of);
  }
  return (
    <details class="long">
      <summary>{t.item.links(format.whole(values.length))}</summary>
      <ul class="links">
        {[...named].map(([relation, { names, unnamed }]) => (
          <li key={relation}>
            {relation !== "" && <span class="mono muted">{relation} </span>}
            {[...names, ...(unnamed > 0 ? [t.item.unnamed(format.whole(unnamed))] : [])].join(", ")}
          </li>
        ))}
      </ul>
    </details>
  );
}

function FieldValues({ field }: { field: ItemField }) {
  if (field.type === "links" && field.values.length > 0) return <Links values={field.values} />;
  const values = field.type === "number" ? field.values.map(plainNumber) : field.values;
  const joined = values.join(", ");
  if (values.length > 1) {
    return (
      <ul class="tags">
        {values.map((value) => (
          <li key={value} class="tag">
            {value}
          </li>
        ))}
      </ul>
    );
  }
  if (joined.length <= kLongText) return <>{joined}</>;
  return (
    <details class="long">
      <summary>{joined.slice(0, kLongText)}…</summary>
      {joined}
    </details>
  );
}

function Fields({ fields }: { fields: ItemField[] }) {
  const t = useTexts();
  const said = useSaid();
  if (fields.length === 0) return <Empty title={t.item.noFields} />;
  return (
    <Scroll label={t.item.fields}>
      <table class="fields">
        <thead>
          <tr>
            <th scope="col">{t.item.field}</th>
            <th scope="col">{t.item.type}</th>
            <th scope="col">{t.item.state}</th>
            <th scope="col">{t.item.values}</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name}>
              <th scope="row" class="mono">
                {field.name}
              </th>
              <td class="muted">{said.term(field.type)}</td>
              <td>
                <span class={`dot ${field.present ? "good" : "bad"}`}>
                  {field.present ? t.item.present : t.item.missing}
                </span>
              </td>
              <td>
                <FieldValues field={field} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Neighbours({ id }: { id: string }) {
  const t = useTexts();
  const format = useFormat();
  const near = useLoad((signal) => api.neighbours(id, kNeighbours, signal), [id]);
  return (
    <Panel title={t.item.neighbours}>
      <Show loaded={near}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.item.noNeighbours} />
          ) : (
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.items.title}</th>
                  <th scope="col" class="num">
                    {t.item.similarity}
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={item.item}>
                    <th scope="row">
                      <a href={href(["items", item.item])}>{item.title}</a>
                    </th>
                    <td class="num">{format.percent(item.score, 0)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Show>
    </Panel>
  );
}

export function ItemPage({ id }: { id: string }) {
  const t = useTexts();
  const format = useFormat();
  const item = useLoad((signal) => api.item(id, signal), [id]);
  const data = item.data;
  return (
    <>
      <PageHead
        title={data?.title ?? t.item.title(id)}
        lead={<span class="mono">{id}</span>}
        back={{ href: href(["items"]), text: t.nav.places.items }}
        aside={data !== null && <HideButton item={data} onDone={item.reload} />}
      />
      <Show loaded={item} lines={8}>
        {(found) => (
          <>
            <StandingText of={found} />
            <Tiles label={t.item.facts}>
              <Tile label={t.item.events} value={format.whole(found.events)} note={t.item.eventsNote} />
              <Tile
                label={t.item.fieldsPresent}
                value={`${found.fields.filter(({ present }) => present).length} / ${found.fields.length}`}
              />
              <Tile label={t.item.state} value={found.listed ? t.item.canBeListed : t.item.keptOut} />
              <Tile label={t.item.origin} value={found.live ? t.item.live : t.item.trained} />
            </Tiles>
            <div class="split">
              <div class="stack-gap">
                <Panel title={t.item.fields}>
                  <Fields fields={found.fields} />
                </Panel>
                {Object.keys(found.sources).length > 0 && (
                  <Panel title={t.item.weights}>
                    <p class="muted">{t.item.weightsText}</p>
                    <FamilyWeights label={t.item.weights} shares={found.sources} />
                  </Panel>
                )}
              </div>
              <Neighbours id={id} />
            </div>
          </>
        )}
      </Show>
    </>
  );
}
