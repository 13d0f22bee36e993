import { kUnknown, plainNumber } from "../../format";
import { breakable } from "../../components/breakable";
import { Panel } from "../../components/panel";
import { href } from "../../route";
import { useTexts } from "../../settings";

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
                <dt>{breakable(name)}</dt>
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
