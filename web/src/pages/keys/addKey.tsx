import { useState } from "preact/hooks";
import { api } from "../../api/endpoints";
import { kScopes, type NewKey, type Scope } from "../../api/types";
import { useAct } from "../../hooks/useAct";
import { useLaterTexts } from "../../hooks/useLaterTexts";

const kDayMs = 86_400_000;

// The first day on which a key can end, by the server's calendar.
const tomorrow = () => new Date(Date.now() + kDayMs).toISOString().slice(0, 10);

export function AddKey({ onMade }: { onMade: (made: NewKey) => void }) {
  const x = useLaterTexts().keys;
  const { busy, act } = useAct();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  const [tenant, setTenant] = useState("");
  const [expires, setExpires] = useState("");
  const add = () =>
    act(async () => {
      const of = tenant.trim() === "" ? {} : { tenant: tenant.trim() };
      onMade(await api.addKey({ name: name.trim(), scope, ...of, ...(expires === "" ? {} : { expires }) }));
      setName("");
    });
  return (
    <>
      <form
        class="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <label class="field grow">
          <span>{x.name}</span>
          <input
            autocomplete="off"
            spellcheck={false}
            value={name}
            placeholder={x.placeholder}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{x.scope}</span>
          <select value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
            {kScopes.map((each) => (
              <option key={each} value={each}>
                {x.scopes[each]}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{x.tenantField}</span>
          <input
            autocomplete="off"
            spellcheck={false}
            value={tenant}
            onInput={(event) => setTenant(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{x.endsField}</span>
          <input
            type="date"
            min={tomorrow()}
            value={expires}
            onInput={(event) => setExpires(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button primary" disabled={busy || name.trim() === ""}>
          {x.add}
        </button>
      </form>
      <p class="muted">
        {x.tenantText} {x.endsText}
      </p>
    </>
  );
}
