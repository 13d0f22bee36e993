import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { kScopes, type Key, type NewKey, type Scope } from "../api/types";
import { announce } from "../announce";
import { useAct } from "../hooks/useAct";
import { useLoad } from "../hooks/useLoad";
import { Confirm, Dialog } from "../components/dialog";
import { Icon } from "../components/icons";
import { PageHead, Panel } from "../components/panel";
import { Empty, Show } from "../components/states";
import { useTexts } from "../settings";

function NewKeyDialog({ made, onClose }: { made: NewKey; onClose: () => void }) {
  const t = useTexts();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.key);
      announce(t.keys.copied);
    } catch {
      announce(t.keys.notCopied, "bad");
    }
  };
  return (
    <Dialog title={t.keys.madeTitle(made.name)} onClose={onClose}>
      <p>{t.keys.madeText}</p>
      <div class="secret">
        <input
          class="mono"
          readOnly
          value={made.key}
          aria-label={t.keys.key}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="button" onClick={() => void copy()}>
          <Icon name="copy" size={16} /> {t.keys.copy}
        </button>
      </div>
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
  if (keys.length === 0) return <Empty title={t.keys.none}>{t.keys.noneText}</Empty>;
  return (
    <div class="scroll">
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
                <span class="tag">{key.scope}</span>
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
    </div>
  );
}

export function KeysPage() {
  const t = useTexts();
  const keys = useLoad(api.keys, []);
  const { busy, act } = useAct();
  const [made, setMade] = useState<NewKey | null>(null);
  const [revoking, setRevoking] = useState<string | null>(null);
  const revoke = (name: string) =>
    act(async () => {
      await api.revokeKey(name);
      announce(t.keys.revoked(name));
      keys.reload();
    }).then(() => setRevoking(null));
  return (
    <>
      <PageHead title={t.nav.places.keys} lead={t.keys.lead} />
      <Panel title={t.keys.addTitle}>
        <AddKey
          onMade={(key) => {
            setMade(key);
            keys.reload();
          }}
        />
      </Panel>
      <Panel title={t.keys.all}>
        <Show loaded={keys}>{(data) => <KeyTable keys={data.keys} onRevoke={setRevoking} />}</Show>
      </Panel>
      {made !== null && <NewKeyDialog made={made} onClose={() => setMade(null)} />}
      {revoking !== null && (
        <Confirm
          title={t.keys.revokeTitle(revoking)}
          text={t.keys.revokeText}
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
