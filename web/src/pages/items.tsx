import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { ListItem } from "../api/types";
import { useLoad } from "../hooks/useLoad";
import { useSettled } from "../hooks/useSettled";
import { PageHead, Panel } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Empty, Show } from "../components/states";
import { go, href } from "../route";
import { useTexts } from "../settings";
import { MapPanel } from "./items/mapPanel";

const kMost = 20;

function Found({ items }: { items: ListItem[] }) {
  const t = useTexts();
  if (items.length === 0) return <Empty title={t.items.none}>{t.items.noneText}</Empty>;
  return (
    <Scroll label={t.items.find}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.items.title}</th>
            <th scope="col">{t.items.id}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.item}>
              <th scope="row">
                <a href={href(["items", item.item])}>{item.title}</a>
              </th>
              <td class="mono">{item.item}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function ItemsPage() {
  const t = useTexts();
  const [words, setWords] = useState("");
  const asked = useSettled(words.trim());
  const found = useLoad(
    async (signal) => (asked === "" ? null : (await api.search(asked, "", kMost, signal)).items),
    [asked],
  );
  return (
    <>
      <PageHead title={t.nav.places.items} lead={t.items.lead} />
      <Panel title={t.items.find}>
        <form
          class="form-row"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            if (words.trim() !== "") go(["items", words.trim()]);
          }}
        >
          <label class="field grow">
            <span>{t.items.words}</span>
            <input
              type="search"
              autocomplete="off"
              value={words}
              placeholder={t.items.placeholder}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button" disabled={words.trim() === ""}>
            {t.items.openId}
          </button>
        </form>
        {asked === "" ? (
          <p class="muted">{t.items.hint}</p>
        ) : (
          <Show loaded={found}>{(items) => items !== null && <Found items={items} />}</Show>
        )}
      </Panel>
      <MapPanel />
    </>
  );
}
