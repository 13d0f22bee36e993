import { useId, useState } from "preact/hooks";
import { api } from "../../api/endpoints";
import { announce } from "../../announce";
import { Confirm } from "../../components/dialog";
import { ItemPicker, type Picked } from "../../components/itemPicker";
import { Panel } from "../../components/panel";
import { useAct } from "../../hooks/useAct";
import { useSaid, useTexts } from "../../settings";

const kCommonActions = ["click", "view", "like", "dislike", "rating", "purchase"];

interface StoreEventProps {
  user: string;
  offered: Picked[];
  actions: string[];
  onStored: () => void;
}

// The one place of the console that writes an event of a user.
export function StoreEvent({ user, offered, actions, onStored }: StoreEventProps) {
  const t = useTexts();
  const said = useSaid();
  const listId = useId();
  const { busy, act } = useAct();
  const [picked, setPicked] = useState<Picked | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [value, setValue] = useState("");
  const [asked, setAsked] = useState(false);
  // Until another is typed, what this user did last: an action of the project's own.
  const action = typed ?? actions[0] ?? kCommonActions[0]!;
  // As it is stored, so in no other language.
  const named = `${action.trim()} ${value.trim()}`.trim();
  const store = () =>
    act(async () => {
      if (picked === null) return;
      const number = value.trim() === "" ? {} : { value: Number(value) };
      await api.addEvent({ user, item: picked.item, action: action.trim(), ...number });
      announce(t.storeEvent.stored(named, picked.title));
      setPicked(null);
      onStored();
    }).then(() => setAsked(false));
  return (
    <Panel title={t.storeEvent.title}>
      <p class="muted">{t.storeEvent.lead}</p>
      <form
        class="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(true);
        }}
      >
        <ItemPicker label={t.storeEvent.item} offered={offered} picked={picked} onPick={setPicked} />
        <label class="field short">
          <span>
            {t.storeEvent.action}
            {said.term(action) !== action && ` · ${said.term(action)}`}
          </span>
          <input list={listId} value={action} onInput={(event) => setTyped(event.currentTarget.value)} />
          <datalist id={listId}>
            {[...new Set([...actions, ...kCommonActions])].map((name) => (
              <option key={name} value={name}>
                {said.term(name)}
              </option>
            ))}
          </datalist>
        </label>
        <label class="field tiny">
          <span>{t.storeEvent.value}</span>
          <input
            type="number"
            step="any"
            value={value}
            placeholder="–"
            onInput={(event) => setValue(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" disabled={picked === null || action.trim() === "" || busy}>
          {t.storeEvent.store}
        </button>
      </form>
      {asked && picked !== null && (
        <Confirm
          title={t.storeEvent.confirmTitle}
          text={t.storeEvent.confirmText(user, named, picked.title)}
          yes={t.storeEvent.yes}
          busy={busy}
          onYes={() => void store()}
          onNo={() => setAsked(false)}
        />
      )}
    </Panel>
  );
}
