import { announce } from "../announce";
import { useLaterTexts } from "../hooks/useLaterTexts";
import { Icon } from "./icons";

// Letters that fit into a line of a phone.
const kLongLine = 28;

// A text to be taken along: shown in full, selected as a whole, and copied by a button.
export function CopyField({ label, value }: { label: string; value: string }) {
  const x = useLaterTexts();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      announce(x.copy.done);
    } catch {
      announce(x.copy.refused, "bad");
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
        <Icon name="copy" size={16} /> {x.copy.copy}
      </button>
    </div>
  );
}
