import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api/endpoints";
import type { FoundItem, FoundItems, ItemSearch } from "../../api/types";
import { HideButton } from "../../components/hideButton";
import { Pager } from "../../components/pager";
import { Panel } from "../../components/panel";
import { Scroll } from "../../components/scroll";
import { StandingTags } from "../../components/standing";
import { Empty, Show } from "../../components/states";
import { useLoad } from "../../hooks/useLoad";
import { go, href, replace, route } from "../../route";
import { useTexts } from "../../settings";

const kPage = 50;
const kPause = 250;

// The address holds the search, so that the way back from an item leads to where it was found.
function searchOf(asked: URLSearchParams): ItemSearch {
  return {
    query: asked.get("query") ?? "",
    state: asked.get("state") === "left_out" ? "left_out" : "all",
    offset: Math.max(0, Math.floor(Number(asked.get("offset")) || 0)),
  };
}

function addressOf({ query, state, offset }: ItemSearch): Record<string, string> {
  return { query, state: state === "all" ? "" : state, offset: offset === 0 ? "" : String(offset) };
}

// Where items have gone since the address was made, its page may lie behind the last one.
async function find(search: ItemSearch, signal: AbortSignal): Promise<FoundItems> {
  const found = await api.items(search, kPage, signal);
  if (found.items.length > 0 || found.total === 0) return found;
  return api.items({ ...search, offset: kPage * Math.floor((found.total - 1) / kPage) }, kPage, signal);
}

// A row stays where it is when its item is hidden or shown again, so that the step can be taken back.
function Row({ found }: { found: FoundItem }) {
  const [item, setItem] = useState(found);
  useEffect(() => setItem(found), [found]);
  return (
    <tr>
      <th scope="row">
        <a href={href(["items", item.item])}>{item.title}</a>
      </th>
      <td class="mono">{item.item}</td>
      <td>
        <StandingTags of={item} />
      </td>
      <td class="end">
        <HideButton item={item} small onDone={async () => setItem(await api.item(item.item))} />
      </td>
    </tr>
  );
}

function Found({ found, search }: { found: FoundItems; search: ItemSearch }) {
  const t = useTexts();
  const { items, offset, total } = found;
  if (items.length === 0) {
    const allListed = search.state === "left_out" && search.query === "";
    return allListed ? <Empty title={t.items.noneOut} /> : <Empty title={t.items.none}>{t.items.noneText}</Empty>;
  }
  return (
    <>
      <Pager
        offset={offset}
        shown={items.length}
        total={total}
        size={kPage}
        onTurn={(next) => go(["items"], addressOf({ ...search, offset: next }))}
      />
      <Scroll key={`${search.query} ${search.state} ${offset}`} label={t.items.find} tall>
        <table class="found">
          <thead>
            <tr>
              <th scope="col">{t.items.title}</th>
              <th scope="col">{t.items.id}</th>
              <th scope="col">{t.item.state}</th>
              <th scope="col" class="end">
                <span class="sr-only">{t.items.change}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <Row key={item.item} found={item} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function SearchForm({ search }: { search: ItemSearch }) {
  const t = useTexts();
  const [words, setWords] = useState(search.query);
  const sent = useRef(search.query);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  // Another address, by the browser's way back, has other words; the address that typing made has these.
  useEffect(() => {
    if (search.query === sent.current) return;
    sent.current = search.query;
    setWords(search.query);
  }, [search.query]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const type = (value: string) => {
    setWords(value);
    clearTimeout(timer.current);
    const from = location.hash;
    timer.current = setTimeout(() => {
      // Whoever has gone elsewhere meanwhile is not brought back.
      if (location.hash !== from) return;
      sent.current = value.trim();
      replace(["items"], addressOf({ ...searchOf(route.get().query), query: value.trim(), offset: 0 }));
    }, kPause);
  };
  return (
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
          onInput={(event) => type(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{t.items.state}</span>
        <select
          value={search.state}
          onChange={(event) => {
            const state = event.currentTarget.value as ItemSearch["state"];
            go(["items"], addressOf({ query: words.trim(), state, offset: 0 }));
          }}
        >
          <option value="all">{t.items.all}</option>
          <option value="left_out">{t.items.leftOut}</option>
        </select>
      </label>
      <button type="submit" class="button" disabled={words.trim() === ""}>
        {t.items.openId}
      </button>
    </form>
  );
}

// An administrator's search: it finds every item, also those that no list may hold.
export function FindPanel({ asked }: { asked: URLSearchParams }) {
  const t = useTexts();
  const search = searchOf(asked);
  const found = useLoad((signal) => find(search, signal), [search.query, search.state, search.offset]);
  return (
    <Panel title={t.items.find}>
      <SearchForm search={search} />
      <Show loaded={found}>{(data) => <Found found={data} search={search} />}</Show>
    </Panel>
  );
}
