import type { HistoryEvent } from "../../api/types";
import { kUnknown, plainNumber, useFormat } from "../../format";
import { Panel } from "../../components/panel";
import { Scroll } from "../../components/scroll";
import { href } from "../../route";
import { useSaid, useTexts } from "../../settings";

type Profile = Record<string, string | string[] | null>;

// A number without trailing zeros; several values in a row.
function shown(value: string | string[] | null): string {
  if (value === null) return kUnknown;
  return Array.isArray(value) ? value.join(", ") : plainNumber(value);
}

export function ProfileAndFriends({ profile, friends }: { profile: Profile; friends: string[] }) {
  const t = useTexts();
  const fields = Object.entries(profile);
  if (fields.length === 0 && friends.length === 0) {
    return (
      <Panel title={t.user.profile}>
        <p class="muted">{t.user.noProfile}</p>
      </Panel>
    );
  }
  return (
    <>
      {fields.length > 0 && (
        <Panel title={t.user.profile}>
          <dl class="pairs">
            {fields.map(([name, value]) => (
              <div key={name} class="pair">
                <dt>{name}</dt>
                <dd>{shown(value)}</dd>
              </div>
            ))}
          </dl>
        </Panel>
      )}
      {friends.length > 0 && (
        <Panel title={t.user.friends} aside={<span class="count">{friends.length}</span>}>
          <ul class="tags">
            {friends.map((friend) => (
              <li key={friend}>
                <a class="tag" href={href(["users", friend])}>
                  {friend}
                </a>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

export function History({ history }: { history: HistoryEvent[] }) {
  const t = useTexts();
  const said = useSaid();
  const format = useFormat();
  return (
    <Panel title={t.user.history} aside={<span class="count">{history.length}</span>}>
      {history.length === 0 ? (
        <p class="muted">{t.user.noHistory}</p>
      ) : (
        <Scroll label={t.user.history} tall>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.user.item}</th>
                <th scope="col">{t.user.action}</th>
                <th scope="col">{t.user.time}</th>
              </tr>
            </thead>
            <tbody>
              {history.map((event, i) => (
                <tr key={i}>
                  <th scope="row">
                    <a href={href(["items", event.item])}>{event.title}</a>
                  </th>
                  <td>
                    {said.term(event.action)}
                    {event.value !== null && <span class="muted"> {format.number(event.value)}</span>}
                    {event.live && <span class="tag live-tag">{t.user.live}</span>}
                  </td>
                  <td class="muted nowrap">{format.time(event.time)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  );
}
