import { useEffect, useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { ListItem, ListRequest, User } from "../api/types";
import { announce } from "../announce";
import { useAct } from "../hooks/useAct";
import { useLoad } from "../hooks/useLoad";
import { useSettled } from "../hooks/useSettled";
import { diffLists, type ListDiff } from "../listDiff";
import { Icon } from "../components/icons";
import { RecommendationList } from "../components/list";
import { PageHead, Panel } from "../components/panel";
import { Empty, Show } from "../components/states";
import { href } from "../route";
import { useTexts } from "../settings";
import { ListControls } from "./user/listControls";
import { Simulate } from "./user/simulate";
import { Friends, History, Profile } from "./user/about";

const kFirstRequest: ListRequest = { k: 10, query: "", channel: "all", withSeen: false };

interface Simulated {
  before: ListItem[];
  moves: ListDiff | null;
}

function badgesOf(user: User, t: ReturnType<typeof useTexts>): string {
  if (user.forgotten) return t.user.forgotten;
  return user.known ? t.user.known : t.user.unknown;
}

export function UserPage({ id }: { id: string }) {
  const t = useTexts();
  const [request, setRequest] = useState(kFirstRequest);
  const [simulated, setSimulated] = useState<Simulated | null>(null);
  const settled = useSettled(request);
  const user = useLoad((signal) => api.user(id, signal), [id]);
  const list = useLoad((signal) => api.recommendations(id, settled, signal), [id, settled]);
  const { busy, act } = useAct();
  const [action, setAction] = useState("click");
  const [value, setValue] = useState("");

  const change = (next: ListRequest) => {
    setSimulated(null);
    setRequest(next);
  };

  const addEvent = (item: { item: string; title: string }) =>
    act(async () => {
      const before = list.data?.items ?? [];
      const number = value.trim() === "" ? {} : { value: Number(value) };
      await api.addEvent({ user: id, item: item.item, action: action.trim(), ...number });
      announce(t.simulate.added(action.trim(), item.title));
      setSimulated({ before, moves: null });
      list.reload();
      user.reload();
    });

  // The first list to come after an event is compared with the one before it.
  useEffect(() => {
    if (list.data === null || simulated === null || simulated.moves !== null) return;
    const moves = diffLists(simulated.before, list.data.items);
    setSimulated({ ...simulated, moves });
    announce(t.simulate.moved(moves.up, moves.down, moves.fresh));
    // Only a new list is a reason to compare; `simulated` is what it is compared with.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [list.data]);

  const moves = simulated?.moves ?? null;
  return (
    <>
      <PageHead
        title={t.user.title(id)}
        back={{ href: href(["users"]), text: t.nav.places.users }}
        aside={user.data !== null && <span class="tag">{badgesOf(user.data, t)}</span>}
      />
      <div class="split">
        <div class="stack-gap">
          <Panel title={t.simulate.title}>
            <Simulate
              offered={list.data?.items ?? []}
              actions={[...new Set(user.data?.history.map((event) => event.action) ?? [])]}
              action={action}
              value={value}
              busy={busy}
              onAction={setAction}
              onValue={setValue}
              onAdd={addEvent}
            />
            {moves !== null && (
              <p class="moved">
                <span class="mark up">▲ {moves.up}</span>
                <span class="mark down">▼ {moves.down}</span>
                <span class="mark new">
                  {t.list.fresh} {moves.fresh}
                </span>
                <span class="muted">{t.simulate.against}</span>
                <button type="button" class="button small push" onClick={() => setSimulated(null)}>
                  {t.simulate.clear}
                </button>
              </p>
            )}
          </Panel>
          <Panel title={t.user.list} aside={list.data?.model && <span class="muted mono">{list.data.model}</span>}>
            <ListControls request={request} onChange={change} />
            <Show loaded={list} lines={8}>
              {(data) => (
                <RecommendationList
                  list={data}
                  moves={moves}
                  empty={t.user.noList}
                  actions={(item) => (
                    <button
                      type="button"
                      class="icon-button"
                      disabled={busy || action.trim() === ""}
                      aria-label={t.simulate.addFor(action, item.title)}
                      title={t.simulate.addFor(action, item.title)}
                      onClick={() => void addEvent(item)}
                    >
                      <Icon name="plus" size={16} />
                    </button>
                  )}
                />
              )}
            </Show>
          </Panel>
        </div>
        <div class="stack-gap">
          <Show loaded={user}>
            {(data) => (
              <div class="stack-gap">
                {data.forgotten && <Empty title={t.user.forgotten}>{t.user.forgottenText}</Empty>}
                <Profile profile={data.profile} />
                <Friends friends={data.friends} />
                <History history={data.history} />
              </div>
            )}
          </Show>
        </div>
      </div>
    </>
  );
}
