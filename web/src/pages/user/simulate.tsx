import { useState } from "preact/hooks";
import { Icon } from "../../components/icons";
import { ItemPicker, type Picked } from "../../components/itemPicker";
import { Panel } from "../../components/panel";
import type { ListDiff } from "../../listDiff";
import { useTexts } from "../../settings";

interface SimulateProps {
  offered: Picked[];
  added: Picked[];
  // Items of the history that the list starts from.
  basis: number;
  moves: ListDiff | null;
  onChange: (added: Picked[]) => void;
}

function Outcome({ added, basis, moves, onChange }: SimulateProps) {
  const t = useTexts();
  return (
    <>
      <ul class="tags" aria-label={t.simulate.added}>
        {added.map((item) => (
          <li key={item.item} class="tag">
            {item.title}
            <button
              type="button"
              class="tag-remove"
              aria-label={t.simulate.remove(item.title)}
              title={t.simulate.remove(item.title)}
              onClick={() => onChange(added.filter((other) => other !== item))}
            >
              <Icon name="close" size={12} />
            </button>
          </li>
        ))}
      </ul>
      {moves !== null && (
        <p class="moved">
          <span class="mark up">▲ {moves.up}</span>
          <span class="mark down">▼ {moves.down}</span>
          <span class="mark new">
            {t.list.fresh} {moves.fresh}
          </span>
          <span class="muted">{t.simulate.against}</span>
          <button type="button" class="button small push" onClick={() => onChange([])}>
            {t.simulate.clear}
          </button>
        </p>
      )}
      <p class="notes">{t.simulate.basis(basis)}</p>
    </>
  );
}

export function Simulate(props: SimulateProps) {
  const { offered, added, onChange } = props;
  const t = useTexts();
  const [picked, setPicked] = useState<Picked | null>(null);
  return (
    <Panel title={t.simulate.title}>
      <p class="muted">{t.simulate.lead}</p>
      <form
        class="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (picked === null) return;
          onChange([...added.filter(({ item }) => item !== picked.item), picked]);
          setPicked(null);
        }}
      >
        <ItemPicker label={t.simulate.item} offered={offered} picked={picked} onPick={setPicked} />
        <button type="submit" class="button primary" disabled={picked === null}>
          {t.simulate.add}
        </button>
      </form>
      {added.length > 0 && <Outcome {...props} />}
    </Panel>
  );
}
