import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { List } from "../api/types";
import { useLoad } from "../hooks/useLoad";
import { RecommendationList } from "../components/list";
import { PageHead, Panel } from "../components/panel";
import { Empty, Show } from "../components/states";
import { go } from "../route";
import { useTexts } from "../settings";

const kMost = 20;
// Notes on whose list it is, where nobody is named, and those that only say once more that nothing was found.
const kOfUser = ["no_history"];
const kNothing = ["no_history", "no_item_has_words", "all_with_words", "all_beyond_seen", "channel_has_nothing"];

function Results({ q, user }: { q: string; user: string }) {
  const t = useTexts();
  const found = useLoad<List>((signal) => api.search(q, user, kMost, signal), [q, user]);
  return (
    <Panel title={t.search.results(q)}>
      <Show loaded={found} lines={8}>
        {(list) => (
          <RecommendationList
            list={list}
            empty={t.search.none}
            unsaid={list.items.length === 0 ? kNothing : user === "" ? kOfUser : []}
          />
        )}
      </Show>
    </Panel>
  );
}

export function SearchPage({ q, user }: { q: string; user: string }) {
  const t = useTexts();
  const [words, setWords] = useState(q);
  const [who, setWho] = useState(user);
  useEffect(() => {
    setWords(q);
    setWho(user);
  }, [q, user]);
  return (
    <>
      <PageHead title={t.nav.places.search} lead={t.search.lead} />
      <Panel title={t.search.ask}>
        <form
          class="form-row"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            go(["search"], { q: words.trim(), user: who.trim() });
          }}
        >
          <label class="field grow">
            <span>{t.search.words}</span>
            <input
              type="search"
              autocomplete="off"
              value={words}
              placeholder={t.search.placeholder}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          </label>
          <label class="field">
            <span>{t.search.user}</span>
            <input
              autocomplete="off"
              spellcheck={false}
              value={who}
              placeholder={t.search.anyone}
              onInput={(event) => setWho(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button primary" disabled={words.trim() === ""}>
            {t.search.go}
          </button>
        </form>
      </Panel>
      {q === "" ? <Empty title={t.search.start}>{t.search.startText}</Empty> : <Results q={q} user={user} />}
    </>
  );
}
