import { useId, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { useLoad } from "../hooks/useLoad";
import { useSettled } from "../hooks/useSettled";
import { useTexts } from "../settings";

export interface Picked {
  item: string;
  title: string;
}

interface ItemPickerProps {
  label: string;
  offered: Picked[];
  picked: Picked | null;
  onPick: (picked: Picked | null) => void;
}

const kMost = 8;

// A combobox over what the catalogue's search finds; without words, over the items offered.
export function ItemPicker({ label, offered, picked, onPick }: ItemPickerProps) {
  const t = useTexts();
  const id = useId();
  const [words, setWords] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const asked = useSettled(words.trim());
  const found = useLoad<Picked[]>(
    async (signal) => (asked === "" ? [] : (await api.search(asked, "", kMost, signal)).items),
    [asked],
  );
  const options = (words.trim() === "" ? offered : (found.data ?? [])).slice(0, kMost);

  const pick = (option: Picked) => {
    onPick(option);
    setWords("");
    setOpen(false);
    setActive(-1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (options.length > 0) setActive((active + step + options.length) % options.length);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const option = options[active] ?? options[0];
      if (option !== undefined) pick(option);
    } else if (event.key === "Escape") {
      setOpen(false);
    }
  };
  return (
    <div class="field combo">
      <label for={id}>{label}</label>
      <input
        id={id}
        role="combobox"
        autocomplete="off"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && active >= 0 ? `${id}-${active}` : undefined}
        placeholder={t.pick.placeholder}
        value={open || picked === null ? words : picked.title}
        onFocus={() => setOpen(true)}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setOpen(true);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={!open}>
        {options.map((option, i) => (
          <li
            key={option.item}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === active}
            onMouseDown={(event) => {
              event.preventDefault();
              pick(option);
            }}
          >
            <span>{option.title}</span> <span class="muted mono">{option.item}</span>
          </li>
        ))}
        {options.length === 0 && (
          <li class="muted combo-none" role="option" aria-disabled="true" aria-selected="false">
            {found.loading ? t.state.loading : t.pick.none}
          </li>
        )}
      </ul>
    </div>
  );
}
