import type { Json, JsonObject } from "../api/types";
import { kUnknown, useFormat, type Format } from "../format";
import type { Texts } from "../i18n";
import { useTexts } from "../settings";
import { breakable } from "./breakable";
import { Panel } from "./panel";
import { Scroll } from "./scroll";

const kMostRows = 100;

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// In one line: {"l2": 1000, "on": true} as "l2 1,000, on yes".
function lineOf(value: Json, t: Texts, format: Format): string {
  if (value === null || value === "") return kUnknown;
  if (typeof value === "boolean") return value ? t.state.yes : t.state.no;
  if (typeof value === "number") return format.number(value, 5);
  if (typeof value === "string") return value;
  const parts = Array.isArray(value)
    ? value.map((part) => lineOf(part, t, format))
    : Object.entries(value).map(([name, part]) => `${name} ${lineOf(part, t, format)}`);
  return parts.length === 0 ? kUnknown : parts.join(", ");
}

// Objects as rows, with a column for each name that any of them has.
function Rows({ name, rows }: { name: string; rows: JsonObject[] }) {
  const t = useTexts();
  const format = useFormat();
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <Scroll label={name}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, kMostRows).map((row, i) => (
            <tr key={i}>
              {columns.map((column) => (
                <td key={column}>{lineOf(row[column] ?? null, t, format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

// What has parts of its own is folded, so that a document of thousands of numbers opens as one screen of names.
function Value({ name, value }: { name: string; value: Json }) {
  const t = useTexts();
  const format = useFormat();
  const parts = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if (parts.length === 0) return <>{lineOf(value, t, format)}</>;
  if (Array.isArray(value) && !value.some(isObject)) return <>{lineOf(value, t, format)}</>;
  return (
    <details>
      <summary>{t.state.entries(parts.length)}</summary>
      {isObject(value) ? <KeyValues values={value} /> : <Rows name={name} rows={parts.filter(isObject)} />}
    </details>
  );
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
  const hasParts = (value: Json) =>
    isObject(value) ? Object.keys(value).length > 0 : Array.isArray(value) && value.some(isObject);
  return (
    <dl class="pairs">
      {Object.entries(values).map(([name, value]) => (
        <div key={name} class={hasParts(value) ? "pair wide" : "pair"}>
          <dt>{breakable(name)}</dt>
          <dd>
            <Value name={name} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
