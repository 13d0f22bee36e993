import { kChannels, type Channel, type ListRequest } from "../../api/types";
import { useTexts } from "../../settings";

const kLengths = [5, 10, 20, 50];

export function ListControls({ request, onChange }: { request: ListRequest; onChange: (next: ListRequest) => void }) {
  const t = useTexts();
  return (
    <div class="form-row controls">
      <label class="field">
        <span>{t.controls.channel}</span>
        <select
          value={request.channel}
          onChange={(event) => onChange({ ...request, channel: event.currentTarget.value as Channel })}
        >
          {kChannels.map((channel) => (
            <option key={channel} value={channel}>
              {t.controls.channels[channel]}
            </option>
          ))}
        </select>
      </label>
      <label class="field grow">
        <span>{t.controls.query}</span>
        <input
          type="search"
          autocomplete="off"
          value={request.query}
          placeholder={t.controls.queryHint}
          onInput={(event) => onChange({ ...request, query: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>{t.controls.length}</span>
        <select value={request.k} onChange={(event) => onChange({ ...request, k: Number(event.currentTarget.value) })}>
          {kLengths.map((k) => (
            <option key={k} value={k}>
              {k}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={request.withSeen}
          onChange={(event) => onChange({ ...request, withSeen: event.currentTarget.checked })}
        />
        <span>{t.controls.withSeen}</span>
      </label>
    </div>
  );
}
