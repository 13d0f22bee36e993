import { useState } from "preact/hooks";
import { setApiKey } from "../../api/key";
import { kScopes, type Scope } from "../../api/types";
import { CopyField } from "../../components/copyField";
import { Panel } from "../../components/panel";
import { useTexts } from "../../settings";
import { useLaterTexts } from "../../hooks/useLaterTexts";

function quoted(word: string): string {
  return /^[\w.:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

// The service takes its first key from its own machine only, never over HTTP: so a form here could only be refused.
export function FirstKey() {
  const t = useTexts();
  const x = useLaterTexts();
  const [name, setName] = useState("console");
  const [scope, setScope] = useState<Scope>("admin");
  const [key, setKey] = useState("");
  const shown = name.trim() === "" ? "NAME" : quoted(name.trim());
  return (
    <Panel title={x.firstKey.title}>
      <p class="dialog-why" role="note">
        {x.firstKey.warning}
      </p>
      <ol class="needs">
        <li>
          <p>{x.firstKey.make}</p>
          <div class="form-row">
            <label class="field grow">
              <span>{x.keys.name}</span>
              <input
                autocomplete="off"
                spellcheck={false}
                value={name}
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
          </div>
          {scope !== "admin" && <p class="warn">{x.firstKey.notAdmin}</p>}
          <CopyField label={x.firstKey.command} value={`haina keys add ${shown} --scope ${scope} --store URL`} />
          <p class="muted">{x.firstKey.store}</p>
        </li>
        <li>
          <p>{x.firstKey.adopt}</p>
          <form
            class="form-row"
            onSubmit={(event) => {
              event.preventDefault();
              setApiKey(key.trim());
            }}
          >
            <label class="field grow">
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
            <button type="submit" class="button primary" disabled={key.trim() === ""}>
              {t.key.save}
            </button>
          </form>
        </li>
      </ol>
    </Panel>
  );
}
