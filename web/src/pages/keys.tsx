import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { secretShown } from "../api/key";
import type { NewKey } from "../api/types";
import { announce } from "../announce";
import { useAct } from "../hooks/useAct";
import { useLoad } from "../hooks/useLoad";
import { CopyField } from "../components/copyField";
import { Confirm, Dialog } from "../components/dialog";
import { PageHead, Panel } from "../components/panel";
import { Show } from "../components/states";
import { useTexts } from "../settings";
import { useLaterTexts } from "../hooks/useLaterTexts";
import { AddKey } from "./keys/addKey";
import { FirstKey } from "./keys/firstKey";
import { KeyTable } from "./keys/keyTable";

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
