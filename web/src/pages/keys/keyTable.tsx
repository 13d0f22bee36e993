import type { Key } from "../../api/types";
import { Scroll } from "../../components/scroll";
import { Empty } from "../../components/states";
import { useFormat } from "../../format";
import { useLaterTexts } from "../../hooks/useLaterTexts";

interface RowProps {
  of: Key;
  withTenant: boolean;
  onRevoke: () => void;
}

// On a phone a cell stands beside the name of its column.
function Row({ of, withTenant, onRevoke }: RowProps) {
  const x = useLaterTexts().keys;
  const format = useFormat();
  const scopes: Record<string, string> = x.scopes;
  const over = of.expires != null && Date.parse(of.expires) <= Date.now();
  return (
    <tr>
      <th scope="row" class="mono">
        {of.name}
      </th>
      <td data-label={x.scope}>
        <span class="tag">{scopes[of.scope] ?? of.scope}</span>
      </td>
      {withTenant && <td data-label={x.tenant}>{of.tenant ? of.tenant : <span class="muted">{x.noTenant}</span>}</td>}
      <td data-label={x.made} class="nowrap">
        {format.day(of.created)}
      </td>
      <td data-label={x.ends} class="nowrap">
        {of.expires == null ? <span class="muted">{x.never}</span> : format.time(of.expires)}
        {over && <span class="tag warn-tag">{x.ended}</span>}
      </td>
      <td data-label={x.used} class="nowrap">
        {of.last_used == null ? <span class="muted">{x.unused}</span> : format.day(of.last_used)}
      </td>
      <td class="end">
        <button type="button" class="button small danger-text" aria-label={x.revokeNamed(of.name)} onClick={onRevoke}>
          {x.revoke}
        </button>
      </td>
    </tr>
  );
}

export function KeyTable({ keys, onRevoke }: { keys: Key[]; onRevoke: (name: string) => void }) {
  const x = useLaterTexts().keys;
  if (keys.length === 0) return <Empty title={x.none}>{x.noneText}</Empty>;
  const withTenant = keys.some(({ tenant }) => Boolean(tenant));
  const columns = [x.name, x.scope, ...(withTenant ? [x.tenant] : []), x.made, x.ends, x.used];
  return (
    <Scroll label={x.all}>
      <table class="key-table">
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col" class="end">
              {x.change}
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <Row key={key.name} of={key} withTenant={withTenant} onRevoke={() => onRevoke(key.name)} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
