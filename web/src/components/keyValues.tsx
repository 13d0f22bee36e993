import type { Json, JsonObject } from "../api/types";
import { kUnknown, useFormat } from "../format";
import { useTexts } from "../settings";
import { Panel } from "./panel";

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function Value({ value }: { value: Json }) {
  const format = useFormat();
  const t = useTexts();
  if (value === null || value === "") return <span class="muted">{kUnknown}</span>;
  if (typeof value === "boolean") return <>{value ? t.state.yes : t.state.no}</>;
  if (typeof value === "number") return <>{format.number(value, 5)}</>;
  if (typeof value === "string") return <>{value}</>;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span class="muted">{kUnknown}</span>;
    if (value.every((part) => typeof part !== "object")) return <>{value.map(String).join(", ")}</>;
    return (
      <details>
        <summary>{t.state.entries(value.length)}</summary>
        <ol class="nested">
          {value.slice(0, 100).map((part, i) => (
            <li key={i}>
              <Value value={part} />
            </li>
          ))}
        </ol>
      </details>
    );
  }
  return <KeyValues values={value} />;
}

// What a page knows no words for, under the engine's own names.
export function RawDocument({ values }: { values: JsonObject }) {
  const t = useTexts();
  return (
    <Panel title={t.state.more}>
      <details>
        <summary>{t.state.document}</summary>
        <KeyValues values={values} />
      </details>
    </Panel>
  );
}

// Whatever a document holds, as it comes.
export function KeyValues({ values }: { values: JsonObject }) {
  return (
    <dl class="pairs">
      {Object.entries(values).map(([name, value]) => (
        <div key={name} class={isObject(value) ? "pair wide" : "pair"}>
          <dt>{name}</dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
