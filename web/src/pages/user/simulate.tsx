import { useId, useState } from "preact/hooks";
import { ItemPicker, type Picked } from "../../components/itemPicker";
import { useTexts } from "../../settings";

const kCommonActions = ["click", "view", "like", "rating", "purchase"];

interface SimulateProps {
  offered: Picked[];
  actions: string[];
  action: string;
  value: string;
  busy: boolean;
  onAction: (action: string) => void;
  onValue: (value: string) => void;
  onAdd: (item: Picked) => Promise<boolean>;
}

export function Simulate({ offered, actions, action, value, busy, onAction, onValue, onAdd }: SimulateProps) {
  const t = useTexts();
  const listId = useId();
  const [picked, setPicked] = useState<Picked | null>(null);
  const ready = picked !== null && action.trim() !== "" && !busy;
  return (
    <form
      class="form-row"
      onSubmit={(event) => {
        event.preventDefault();
        if (picked === null || !ready) return;
        void onAdd(picked).then((added) => {
          if (added) setPicked(null);
        });
      }}
    >
      <ItemPicker label={t.simulate.item} offered={offered} picked={picked} onPick={setPicked} />
      <label class="field short">
        <span>{t.simulate.action}</span>
        <input list={listId} value={action} onInput={(event) => onAction(event.currentTarget.value)} />
        <datalist id={listId}>
          {[...new Set([...actions, ...kCommonActions])].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <label class="field tiny">
        <span>{t.simulate.value}</span>
        <input
          type="number"
          step="any"
          value={value}
          placeholder="–"
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" disabled={!ready}>
        {t.simulate.add}
      </button>
    </form>
  );
}
