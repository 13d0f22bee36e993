import { useMemo, useState } from "preact/hooks";
import { api } from "../../api/endpoints";
import type { ItemMap } from "../../api/types";
import { useFormat } from "../../format";
import { useLoad } from "../../hooks/useLoad";
import { Panel } from "../../components/panel";
import { Empty, Show } from "../../components/states";
import { go, href } from "../../route";
import { useTexts } from "../../settings";
import { groupsOf, kUncoloured, type Group } from "./groups";
import { Scatter } from "./scatter";

const kMost = 2000;
const kListed = 60;

interface LegendProps {
  label: string;
  groups: Group[];
  // Items on the map.
  all: number;
  group: string;
  onChoose: (group: string) => void;
}

// The groups with colours of their own, and how many items have none.
function Legend({ label, groups, all, group, onChoose }: LegendProps) {
  const t = useTexts();
  const { whole } = useFormat();
  const coloured = groups.filter(({ colour }) => colour !== kUncoloured);
  const others = all - coloured.reduce((sum, { count }) => sum + count, 0);
  return (
    <ul class="map-legend" aria-label={label}>
      {coloured.map(({ name, colour }) => (
        <li key={name}>
          <button type="button" aria-pressed={group === name} onClick={() => onChoose(group === name ? "" : name)}>
            <span class="swatch" style={{ background: `var(${colour})` }} />
            {name}
          </button>
        </li>
      ))}
      {others > 0 && (
        <li class="map-others">
          <span class="swatch" style={{ background: `var(${kUncoloured})` }} />
          {t.map.others(whole(others))}
        </li>
      )}
    </ul>
  );
}

function MapView({ map }: { map: ItemMap }) {
  const t = useTexts();
  const { whole } = useFormat();
  const [group, setGroup] = useState("");
  const [words, setWords] = useState("");
  const groups = useMemo(() => groupsOf(map.items), [map]);
  const colours = useMemo(() => new Map(groups.map(({ name, colour }) => [name, colour])), [groups]);
  const wanted = words.trim().toLowerCase();
  const chosen = useMemo(
    () =>
      map.items.filter(
        (point) => (group === "" || point.group === group) && point.title.toLowerCase().includes(wanted),
      ),
    [map, group, wanted],
  );
  const marked = useMemo(
    () => (group === "" && wanted === "" ? null : new Set(chosen.map(({ item }) => item))),
    [chosen, group, wanted],
  );

  if (map.items.length === 0) return <Empty title={t.map.none}>{t.map.noneText}</Empty>;
  return (
    <div class="map">
      <Scatter
        points={map.items}
        chosen={marked}
        colours={colours}
        label={t.map.label(whole(map.items.length))}
        onOpen={(item) => go(["items", item])}
      />
      <div class="map-side">
        <div class="form-row">
          <label class="field grow">
            <span>{t.map.filter}</span>
            <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
          </label>
          {groups.length > 0 && (
            <label class="field grow">
              <span>{map.group_field ?? t.map.group}</span>
              <select value={group} onChange={(event) => setGroup(event.currentTarget.value)}>
                <option value="">{t.map.all}</option>
                {groups.map(({ name, count }) => (
                  <option key={name} value={name}>
                    {name} ({whole(count)})
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        {groups.length > 0 && (
          <Legend
            label={map.group_field ?? t.map.group}
            groups={groups}
            all={map.items.length}
            group={group}
            onChoose={setGroup}
          />
        )}
        <p class="muted" aria-live="polite">
          {t.map.listed(whole(Math.min(chosen.length, kListed)), whole(chosen.length))}
        </p>
        <ul class="map-list bare" tabIndex={0} aria-label={t.map.list}>
          {chosen.slice(0, kListed).map((point) => (
            <li key={point.item}>
              <a href={href(["items", point.item])}>{point.title}</a>
              {point.group !== null && <span class="muted">{point.group}</span>}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

export function MapPanel() {
  const t = useTexts();
  const map = useLoad((signal) => api.map(kMost, signal), []);
  return (
    <Panel title={t.map.title} aside={<span class="muted">{t.map.hint}</span>}>
      <Show loaded={map} lines={8}>
        {(data) => <MapView map={data} />}
      </Show>
    </Panel>
  );
}
