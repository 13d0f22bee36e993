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
import { useLaterTexts } from "../hooks/useLaterTexts";
import { FirstKey } from "./keys/firstKey";

function NewKeyDialog({ made, onClose }: { made: NewKey; onClose: () => void }) {
  const x = useLaterTexts();
  return (
    <Dialog title={x.keys.madeTitle(made.name)} onClose={onClose}>
      <p>{x.keys.madeText}</p>
      <CopyField label={x.keys.key} value={made.key} />
      <div class="dialog-buttons">
        <button type="button" class="button primary" onClick={onClose}>
          {x.keys.done}
        </button>
      </div>
    </Dialog>
  );
}

function AddKey({ onMade }: { onMade: (made: NewKey) => void }) {
  const x = useLaterTexts();
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
        <span>{x.keys.name}</span>
        <input
          autocomplete="off"
          spellcheck={false}
          value={name}
          placeholder={x.keys.placeholder}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{x.keys.scope}</span>
        <select value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
          {kScopes.map((each) => (
            <option key={each} value={each}>
              {x.keys.scopes[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button primary" disabled={busy || name.trim() === ""}>
        {x.keys.add}
      </button>
    </form>
  );
}

function KeyTable({ keys, onRevoke }: { keys: Key[]; onRevoke: (name: string) => void }) {
  const x = useLaterTexts();
  const scopes: Record<string, string> = x.keys.scopes;
  if (keys.length === 0) return <Empty title={x.keys.none}>{x.keys.noneText}</Empty>;
  return (
    <Scroll label={x.keys.all}>
      <table>
        <thead>
          <tr>
            <th scope="col">{x.keys.name}</th>
            <th scope="col">{x.keys.scope}</th>
            <th scope="col" class="end">
              {x.keys.change}
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
                  aria-label={x.keys.revokeNamed(key.name)}
                  onClick={() => onRevoke(key.name)}
                >
                  {x.keys.revoke}
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
  const x = useLaterTexts();
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
      announce(x.keys.revoked(name));
      keys.reload();
    }).then(() => setRevoking(null));
  const admins = keys.data?.keys.filter(({ scope }) => scope === "admin") ?? [];
  const isLastAdmin = admins.length === 1 && admins[0]!.name === revoking;
  return (
    <>
      <PageHead title={t.nav.places.keys} lead={x.keys.lead} />
      {keys.problem === null && keys.data?.keys.length === 0 && <FirstKey />}
      {keys.data !== null && keys.data.keys.length > 0 && (
        <Panel title={x.keys.addTitle}>
          <AddKey
            onMade={(key) => {
              show(key);
              keys.reload();
            }}
          />
        </Panel>
      )}
      <Panel title={x.keys.all}>
        <Show loaded={keys}>{(data) => <KeyTable keys={data.keys} onRevoke={setRevoking} />}</Show>
      </Panel>
      {made !== null && <NewKeyDialog made={made} onClose={() => show(null)} />}
      {revoking !== null && (
        <Confirm
          title={x.keys.revokeTitle(revoking)}
          text={isLastAdmin ? `${x.keys.revokeText} ${x.keys.revokeLast}` : x.keys.revokeText}
          yes={x.keys.revoke}
          danger
          busy={busy}
          onYes={() => void revoke(revoking)}
          onNo={() => setRevoking(null)}
        />
      )}
    </>
  );
}
