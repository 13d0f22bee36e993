import { useState } from "preact/hooks";
import { api } from "../../api/endpoints";
import type { HistoryEvent, User } from "../../api/types";
import { announce } from "../../announce";
import { Panel } from "../../components/panel";
import { Scroll } from "../../components/scroll";
import { csvOf, isWhole, nextPage, wholeLog, type EventLog } from "../../eventLog";
import { useFormat } from "../../format";
import { useAct } from "../../hooks/useAct";
import { href } from "../../route";
import { save } from "../../save";
import { useSaid, useTexts } from "../../settings";

const kPage = 100;
const kFormats = ["CSV", "JSON"] as const;

const reader = (user: string) => (offset: number) => api.history(user, offset, kPage);

function Events({ events }: { events: HistoryEvent[] }) {
  const t = useTexts();
  const said = useSaid();
  const format = useFormat();
  return (
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
          {events.map((event, i) => (
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
  );
}

function Downloads({ user }: { user: string }) {
  const t = useTexts();
  const { whole } = useFormat();
  const { busy, act } = useAct();
  const download = (kind: (typeof kFormats)[number]) =>
    act(async () => {
      const events = await wholeLog(reader(user));
      const name = `events-${user.replace(/[^\p{L}\p{N}._-]/gu, "_")}.${kind.toLowerCase()}`;
      if (kind === "CSV") save(name, "text/csv;charset=utf-8", csvOf(events));
      else save(name, "application/json", `${JSON.stringify({ user, events }, null, 1)}\n`);
      announce(t.user.downloaded(whole(events.length), name));
    });
  return (
    <div class="row push">
      <span class="muted">{t.user.download}</span>
      {kFormats.map((kind) => (
        <button
          key={kind}
          type="button"
          class="button small"
          aria-label={t.user.downloadAs(kind)}
          disabled={busy}
          onClick={() => void download(kind)}
        >
          {kind}
        </button>
      ))}
    </div>
  );
}

// The newest events came with the user; older ones are asked for by pages.
export function History({ user }: { user: User }) {
  const t = useTexts();
  const { whole } = useFormat();
  const { busy, act } = useAct();
  const [read, setRead] = useState<{ of: User; log: EventLog } | null>(null);
  const log = read?.of === user ? read.log : { events: user.history, total: user.events, newer: 0 };
  const { events, total } = log;
  const older = () => act(async () => setRead({ of: user, log: await nextPage(log, reader(user.user)) }));
  return (
    <Panel
      title={t.user.history}
      aside={
        <span class="count" aria-live="polite">
          {events.length === total ? whole(total) : t.user.partOf(whole(events.length), whole(total))}
        </span>
      }
    >
      {events.length === 0 ? (
        <p class="muted">{t.user.noHistory}</p>
      ) : (
        <>
          <Events events={events} />
          <div class="row under">
            {!isWhole(log) && (
              <button type="button" class="button small" disabled={busy} onClick={() => void older()}>
                {t.user.older}
              </button>
            )}
            <Downloads user={user.user} />
          </div>
        </>
      )}
    </Panel>
  );
}
