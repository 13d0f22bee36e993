import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { useLoad } from "../hooks/useLoad";
import { useSettled } from "../hooks/useSettled";
import { PageHead, Panel } from "../components/panel";
import { Empty, Show } from "../components/states";
import { go, href } from "../route";
import { useTexts } from "../settings";

const kMost = 60;

export function UsersPage() {
  const t = useTexts();
  const [prefix, setPrefix] = useState("");
  const asked = useSettled(prefix.trim());
  const found = useLoad((signal) => api.users(asked, kMost, signal), [asked]);
  return (
    <>
      <PageHead title={t.nav.places.users} lead={t.users.lead} />
      <Panel title={t.users.find}>
        <form
          class="form-row"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            if (prefix.trim() !== "") go(["users", prefix.trim()]);
          }}
        >
          <label class="field grow">
            <span>{t.users.prefix}</span>
            <input
              type="search"
              autocomplete="off"
              spellcheck={false}
              value={prefix}
              placeholder={t.users.placeholder}
              onInput={(event) => setPrefix(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button primary" disabled={prefix.trim() === ""}>
            {t.users.open}
          </button>
        </form>
        <Show loaded={found}>
          {({ users }) =>
            users.length === 0 ? (
              <Empty title={t.users.none}>{t.users.noneText}</Empty>
            ) : (
              <>
                <p class="muted" aria-live="polite">
                  {users.length < kMost ? t.users.found(users.length) : t.users.first(users.length)}
                </p>
                <ul class="id-grid">
                  {users.map((user) => (
                    <li key={user}>
                      <a href={href(["users", user])}>{user}</a>
                    </li>
                  ))}
                </ul>
              </>
            )
          }
        </Show>
      </Panel>
    </>
  );
}
