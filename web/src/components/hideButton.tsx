import { api } from "../api/endpoints";
import type { FoundItem } from "../api/types";
import { announce } from "../announce";
import { useAct } from "../hooks/useAct";
import { useTexts } from "../settings";

interface HideButtonProps {
  item: FoundItem;
  // In a table, where the item is named by its row.
  small?: boolean;
  onDone: () => void | Promise<void>;
}

// Hides an item from all lists, or lets it come back; a rule may keep it out all the same.
export function HideButton({ item, small = false, onDone }: HideButtonProps) {
  const t = useTexts();
  const { busy, act } = useAct();
  const { title, hidden } = item;
  const turn = () =>
    act(async () => {
      await api.hide(item.item, !hidden);
      const rules = item.left_out.flatMap((why) => (why.by === "rule" ? [why.rule] : []));
      if (!hidden) announce(t.item.nowHidden(title));
      else announce(rules.length === 0 ? t.item.nowShown(title) : t.item.stillOut(title, rules.join(t.why.and)));
      await onDone();
    });
  const named = hidden ? t.items.showNamed(title) : t.items.hideNamed(title);
  const short = hidden ? t.items.show : t.items.hide;
  const whole = hidden ? t.item.show : t.item.hide;
  return (
    <button
      type="button"
      class={small ? "button small" : "button"}
      aria-label={small ? named : undefined}
      disabled={busy}
      onClick={() => void turn()}
    >
      {small ? short : whole}
    </button>
  );
}
