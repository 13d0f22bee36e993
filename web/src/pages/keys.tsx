import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { secretShown } from "../api/key";
import { kScopes, type Key, type NewKey, type Scope } from "../api/types";
import { announce } from "../announce";
import { useAct } from "../hooks/useAct";
import { useLoad } from "../hooks/useLoad";
import { CopyField } from "../components/copyField";
import { Confirm, Dialog } from "../components/dialog";
import { PageHead, Panel } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Empty, Show } from "../components/states";
import { useTexts } from "../settings";
import { FirstKey } from "./keys/firstKey";

function NewKeyDialog({ made, onClose }: { made: NewKey; onClose: () => void }) {
  const t = useTexts();
  return (
    <Dialog title={t.keys.madeTitle(made.name)} onClose={onClose}>
      <p>{t.keys.madeText}</p>
      <CopyField label={t.keys.key} value={made.key} />
      <div class="dialog-buttons">
        <button type="button" class="button primary" onClick={onClose}>
          {t.keys.done}
        </button>
      </div>
    </Dialog>
  );
}

function AddKey({ onMade }: { onMade: (made: NewKey) => void }) {
  const t = useTexts();
  const { busy, act } = useAct();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  return (
    <form
      class="form-row"
      onSubmit={(event) => {
        event.preventDefault();
        void act(async () => {
          onMade(await api.addKey(name.trim(), scope));
          setName("");
        });
      }}
    >
      <label class="field grow">
        <span>{t.keys.name}</span>
        <input
          autocomplete="off"
          spellcheck={false}
          value={name}
          placeholder={t.keys.placeholder}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{t.keys.scope}</span>
        <select value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
          {kScopes.map((each) => (
            <option key={each} value={each}>
              {t.keys.scopes[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button primary" disabled={busy || name.trim() === ""}>
        {t.keys.add}
      </button>
    </form>
  );
}

function KeyTable({ keys, onRevoke }: { keys: Key[]; onRevoke: (name: string) => void }) {
  const t = useTexts();
  const scopes: Record<string, string> = t.keys.scopes;
  if (keys.length === 0) return <Empty title={t.keys.none}>{t.keys.noneText}</Empty>;
  return (
    <Scroll label={t.keys.all}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.keys.name}</th>
            <th scope="col">{t.keys.scope}</th>
            <th scope="col" class="end">
              {t.keys.change}
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.name}>
              <th scope="row" class="mono">
                {key.name}
              </th>
              <td>
                <span class="tag">{scopes[key.scope] ?? key.scope}</span>
              </td>
              <td class="end">
                <button
                  type="button"
                  class="button small danger-text"
                  aria-label={t.keys.revokeNamed(key.name)}
                  onClick={() => onRevoke(key.name)}
                >
                  {t.keys.revoke}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function KeysPage() {
  const t = useTexts();
  const keys = useLoad(api.keys, []);
  const { busy, act } = useAct();
  const [made, setMade] = useState<NewKey | null>(null);
  const [revoking, setRevoking] = useState<string | null>(null);
  const show = (key: NewKey | null) => {
    secretShown.set(key !== null);
    setMade(key);
  };
  useEffect(() => () => secretShown.set(false), []);
  const revoke = (name: string) =>
    act(async () => {
      await api.revokeKey(name);
      announce(t.keys.revoked(name));
      keys.reload();
    }).then(() => setRevoking(null));
  const admins = keys.data?.keys.filter(({ scope }) => scope === "admin") ?? [];
  const isLastAdmin = admins.length === 1 && admins[0]!.name === revoking;
  return (
    <>
      <PageHead title={t.nav.places.keys} lead={t.keys.lead} />
      {keys.problem === null && keys.data?.keys.length === 0 && <FirstKey />}
      {keys.data !== null && keys.data.keys.length > 0 && (
        <Panel title={t.keys.addTitle}>
          <AddKey
            onMade={(key) => {
              show(key);
              keys.reload();
            }}
          />
        </Panel>
      )}
      <Panel title={t.keys.all}>
        <Show loaded={keys}>{(data) => <KeyTable keys={data.keys} onRevoke={setRevoking} />}</Show>
      </Panel>
      {made !== null && <NewKeyDialog made={made} onClose={() => show(null)} />}
      {revoking !== null && (
        <Confirm
          title={t.keys.revokeTitle(revoking)}
          text={isLastAdmin ? `${t.keys.revokeText} ${t.keys.revokeLast}` : t.keys.revokeText}
          yes={t.keys.revoke}
          danger
          busy={busy}
          onYes={() => void revoke(revoking)}
          onNo={() => setRevoking(null)}
        />
      )}
    </>
  );
}
