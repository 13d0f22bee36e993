import { useEffect, useMemo, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { ListRequest, User } from "../api/types";
import { announce } from "../announce";
import { useLoad } from "../hooks/useLoad";
import { useSettled } from "../hooks/useSettled";
import type { ListDiff } from "../listDiff";
import { Icon } from "../components/icons";
import type { Picked } from "../components/itemPicker";
import { RecommendationList } from "../components/list";
import { PageHead, Panel } from "../components/panel";
import { Empty, Show } from "../components/states";
import { href } from "../route";
import { useTexts } from "../settings";
import { ProfileAndFriends } from "./user/about";
import { History } from "./user/history";
import { ListControls } from "./user/listControls";
import { Simulate } from "./user/simulate";
import { StoreEvent } from "./user/storeEvent";
import { useHypothetical, useMoves, type AskedList } from "./user/useHypothetical";

const kFirstRequest: ListRequest = { k: 10, query: "", channel: "all", withSeen: false };

// Whoever was in the training has an event of it. Told only where all events are at hand.
function isNewSinceTraining({ events, history }: User): boolean {
  return events > 0 && history.length === events && history.every(({ live }) => live);
}

function badgesOf(user: User, t: ReturnType<typeof useTexts>): string {
  if (user.forgotten) return t.user.forgotten;
  if (!user.known) return t.user.unknown;
  return isNewSinceTraining(user) ? t.user.knownLive : t.user.known;
}

// Notes on an empty list that go without saying where there are no words to find items by.
const kWordless = ["no_history", "no_item_has_words", "all_with_words", "all_beyond_seen", "channel_has_nothing"];

interface UserListProps {
  asked: AskedList;
  moves?: ListDiff | null;
  whyLeft?: (item: string) => string;
  onSimulate: (item: Picked) => void;
}

function UserList({ asked: { request, list }, moves = null, whyLeft, onSimulate }: UserListProps) {
  const t = useTexts();
  const wordless = list.items.length === 0 && request.channel === "query" && request.query.trim() === "";
  return (
    <RecommendationList
      list={list}
      moves={moves}
      whyLeft={whyLeft}
      empty={wordless ? t.controls.typeQuery : t.user.noList}
      unsaid={wordless ? kWordless : []}
      actions={({ item, title }) => (
        <button
          type="button"
          class="icon-button"
          aria-label={t.simulate.addFor(title)}
          title={t.simulate.addFor(title)}
          onClick={() => onSimulate({ item, title })}
        >
          <Icon name="plus" size={16} />
        </button>
      )}
    />
  );
}

function AboutUser({ user }: { user: User }) {
  const t = useTexts();
  return (
    <div class="stack-gap">
      {user.forgotten && <Empty title={t.user.forgotten}>{t.user.forgottenText}</Empty>}
      <ProfileAndFriends profile={user.profile} friends={user.friends} />
      <History user={user} />
    </div>
  );
}

export function UserPage({ id }: { id: string }) {
  const t = useTexts();
  const [request, setRequest] = useState(kFirstRequest);
  const [added, setAdded] = useState<Picked[]>([]);
  const settled = useSettled(request);
  const user = useLoad((signal) => api.user(id, signal), [id]);
  const list = useLoad<AskedList>(
    async (signal) => ({ request: settled, list: await api.recommendations(id, settled, signal) }),
    [id, settled],
  );
  // The API tells the newest event first, and reads a given history from the oldest on.
  const history = useMemo(() => user.data?.history.map(({ item }) => item).reverse() ?? null, [user.data]);
  const addedIds = useMemo(() => added.map(({ item }) => item), [added]);
  const hypothetical = useHypothetical(id, settled, history, addedIds);
  const simulating = added.length > 0;
  const moves = useMoves(list.data, hypothetical.data);
  const whyLeft = (item: string) =>
    addedIds.includes(item) ? t.simulate.leftAdded : history?.includes(item) ? t.simulate.leftHistory : "";

  useEffect(() => {
    if (moves !== null) announce(t.simulate.moved(moves.up, moves.down, moves.fresh));
    // Said once for each new list, not again in another language.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [moves]);

  const offered = list.data?.list.items ?? [];
  const simulate = (item: Picked) => setAdded([...added.filter((other) => other.item !== item.item), item]);
  const model = list.data?.list.model;
  return (
    <>
      <PageHead
        title={t.user.title(id)}
        back={{ href: href(["users"]), text: t.nav.places.users }}
        aside={user.data !== null && <span class="tag">{badgesOf(user.data, t)}</span>}
      />
      <div class="split">
        <div class="stack-gap">
          <Simulate offered={offered} added={added} basis={history?.length ?? 0} moves={moves} onChange={setAdded} />
          <Panel
            title={simulating ? t.simulate.list : t.user.list}
            aside={model && <span class="muted mono">{model}</span>}
          >
            <ListControls request={request} onChange={setRequest} />
            {simulating ? (
              <Show loaded={hypothetical} lines={8}>
                {(data) =>
                  data !== null && <UserList asked={data} moves={moves} whyLeft={whyLeft} onSimulate={simulate} />
                }
              </Show>
            ) : (
              <Show loaded={list} lines={8}>
                {(data) => <UserList asked={data} onSimulate={simulate} />}
              </Show>
            )}
          </Panel>
        </div>
        <div class="stack-gap">
          <Show loaded={user}>{(data) => <AboutUser user={data} />}</Show>
          <StoreEvent
            user={id}
            offered={offered}
            actions={[...new Set(user.data?.history.map((event) => event.action) ?? [])]}
            onStored={() => {
              list.reload();
              user.reload();
            }}
          />
        </div>
      </div>
    </>
  );
}
