import { announce } from "../announce";
import { useTexts } from "../settings";
import { Icon } from "./icons";

// Letters that fit into a line of a phone.
const kLongLine = 28;

// A text to be taken along: shown in full, selected as a whole, and copied by a button.
export function CopyField({ label, value }: { label: string; value: string }) {
  const t = useTexts();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      announce(t.copy.done);
    } catch {
      announce(t.copy.refused, "bad");
    }
  };
  return (
    <div class="secret">
      <textarea
        class="mono"
        readOnly
        rows={value.length > kLongLine ? 2 : 1}
        value={value}
        aria-label={label}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button type="button" class="button" onClick={() => void copy()}>
        <Icon name="copy" size={16} /> {t.copy.copy}
      </button>
    </div>
  );
}
