import { useState } from "preact/hooks";
import { apiKey, dismissKeyDialog, keyDialog, secretShown, setApiKey } from "../api/key";
import { useSaid, useTexts } from "../settings";
import { useStore } from "../store";
import { Dialog } from "./dialog";

function KeyForm({ why }: { why: string }) {
  const t = useTexts();
  const [key, setKey] = useState(apiKey.get());
  return (
    <Dialog title={t.key.title} onClose={dismissKeyDialog}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setApiKey(key.trim());
        }}
      >
        {why !== "" && <p class="dialog-why">{why}</p>}
        <p class="muted">{t.key.text}</p>
        <label class="field">
          <span>{t.key.label}</span>
          <input
            type="password"
            class="mono"
            autocomplete="off"
            spellcheck={false}
            placeholder="haina_…"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <div class="dialog-buttons">
          {apiKey.get() !== "" && (
            <button type="button" class="button push" onClick={() => setApiKey("")}>
              {t.key.forget}
            </button>
          )}
          <button type="button" class="button" onClick={dismissKeyDialog}>
            {t.action.cancel}
          </button>
          <button type="submit" class="button primary" disabled={key.trim() === ""}>
            {t.key.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function KeyDialog() {
  const open = useStore(keyDialog);
  const waits = useStore(secretShown);
  const said = useSaid();
  if (open === null || waits) return null;
  const text = open.why === null ? null : said.problem(open.why);
  const why = text === null ? [] : [text.detail || text.title, text.hint];
  return <KeyForm why={why.filter((part) => part !== "").join(" · ")} />;
}
