import { useMemo } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Problem } from "../api/problem";
import type { Overview } from "../api/types";
import { kUnknown, timeOfVersion, useFormat } from "../format";
import { useLoad } from "../hooks/useLoad";
import { useSwap } from "../hooks/useSwap";
import { Chart } from "../components/chart";
import { FamilyCounts } from "../components/families";
import { PageHead, Panel, Tile, Tiles } from "../components/panel";
import { Bars } from "../components/shares";
import { Empty, Show } from "../components/states";
import { bucketsOf } from "../series";
import { useSaid, useTexts } from "../settings";

const kEvery = 2000;

function KeyTiles({ now }: { now: Overview }) {
  const t = useTexts();
  const format = useFormat();
  // One in a minute is not none.
  const rate = (value: number) => format.number(value, value < 1 ? 3 : 1);
  const { events, lists, freshness_ms, coverage, satisfaction } = now;
  return (
    <Tiles label={t.overview.tiles}>
      <Tile
        accent
        label={t.overview.eventsRate}
        value={rate(events.per_second)}
        note={t.overview.total(format.short(events.total))}
      />
      <Tile
        accent
        label={t.overview.listsRate}
        value={rate(lists.per_second)}
        note={t.overview.total(format.short(lists.total))}
      />
      <Tile
        label={t.overview.latency}
        value={format.ms(lists.p99_ms)}
        note={t.overview.median(format.ms(lists.p50_ms))}
      />
      <Tile
        label={t.overview.freshness}
        value={format.ms(freshness_ms.p99)}
        note={t.overview.median(format.ms(freshness_ms.p50))}
      />
      <Tile
        label={t.overview.ctr}
        value={format.percent(satisfaction.ctr, 2)}
        note={t.overview.clicksOf(format.whole(satisfaction.clicks), format.whole(satisfaction.shown))}
      />
      <Tile
        label={t.overview.likeRate}
        value={format.percent(satisfaction.like_rate)}
        note={t.overview.likes(format.short(satisfaction.likes), format.short(satisfaction.dislikes))}
      />
      <Tile
        label={t.overview.coverage}
        value={format.percent(coverage.share)}
        note={t.overview.itemsOf(format.short(coverage.items_shown), format.short(coverage.items))}
      />
      <Tile label={t.overview.cache} value={format.percent(lists.cache_share)} note={t.overview.cacheNote} />
    </Tiles>
  );
}

// What the figures count, since when.
function Counted({ now }: { now: Overview }) {
  const t = useTexts();
  const format = useFormat();
  const at = (seconds: number) => format.time(new Date(seconds * 1000).toISOString());
  const { since } = now.satisfaction;
  return (
    <ul class="meanings" aria-label={t.overview.counted}>
      <li>{t.overview.countedStart(at(now.started))}</li>
      <li>{since === null ? t.overview.countedNothing : t.overview.countedSince(at(since))}</li>
      <li>{t.overview.windows(format.span(now.lists.window_s), format.span(now.freshness_ms.window_s))}</li>
      <li>{t.overview.serverTime(format.clock(now.now))}</li>
    </ul>
  );
}

function Charts({ now }: { now: Overview }) {
  const t = useTexts();
  const format = useFormat();
  const data = useMemo(() => {
    const places = now.satisfaction.ctr_by_position.filter(({ shown }) => shown > 0);
    return {
      ...bucketsOf(now),
      positions: places.map(({ position }) => position),
      ctr: places.map(({ shown, clicked }) => clicked / shown),
    };
  }, [now]);
  // Ticks may lie a quarter apart.
  const rate = (value: number) => format.number(value, value < 10 ? 2 : 0);
  return (
    <div class="grid two">
      <section class="panel">
        <Chart
          label={t.overview.eventsRate}
          kind="area"
          time
          sync="overview"
          x={data.times}
          y={data.events}
          format={rate}
          formatX={format.clock}
        />
      </section>
      <section class="panel">
        <Chart
          label={t.overview.listsRate}
          kind="area"
          time
          sync="overview"
          x={data.times}
          y={data.lists}
          format={rate}
          formatX={format.clock}
        />
      </section>
      <section class="panel">
        <Chart
          label={t.overview.latency}
          emptyText={t.overview.noLatency}
          kind="area"
          time
          sync="overview"
          x={data.times}
          y={data.p99}
          format={format.ms}
          formatX={format.clock}
        />
      </section>
      <section class="panel">
        <Chart
          label={t.overview.ctrByPosition}
          emptyText={t.overview.noPositions}
          kind="bars"
          x={data.positions}
          y={data.ctr}
          format={format.percent}
          formatAxis={(value) => `${format.number(100 * value, 1)}%`}
          formatX={(position) => t.overview.position(position)}
        />
      </section>
    </div>
  );
}

function Satisfaction({ now }: { now: Overview }) {
  const t = useTexts();
  const format = useFormat();
  const { satisfaction: felt } = now;
  const rated = felt.likes + felt.dislikes;
  return (
    <Panel title={t.overview.satisfaction}>
      {rated === 0 ? (
        <Empty title={t.overview.noLikes}>{t.overview.noLikesText}</Empty>
      ) : (
        <Bars
          label={t.overview.likeRate}
          whole={rated}
          bars={[
            { name: t.overview.liked, value: felt.likes, text: format.short(felt.likes), colour: "var(--good)" },
            {
              name: t.overview.disliked,
              value: felt.dislikes,
              text: format.short(felt.dislikes),
              colour: "var(--bad)",
            },
          ]}
        />
      )}
      <dl class="pairs">
        <div class="pair">
          <dt>{t.overview.dwell}</dt>
          <dd>{format.seconds(felt.mean_dwell_s)}</dd>
        </div>
        <div class="pair">
          <dt>{t.overview.rating}</dt>
          <dd>
            {felt.mean_rating !== null && `${format.number(felt.mean_rating)} `}
            <span class="muted">
              {felt.ratings === 0 ? t.overview.noRatings : t.overview.ratings(format.short(felt.ratings))}
            </span>
          </dd>
        </div>
      </dl>
    </Panel>
  );
}

function ModelNow({ now }: { now: Overview }) {
  const t = useTexts();
  const format = useFormat();
  const said = useSaid();
  const { version, users, items, experts } = now.model;
  return (
    <Panel title={t.overview.model}>
      <p class="mono strong">{version || kUnknown}</p>
      <dl class="pairs">
        <div class="pair">
          <dt>{t.overview.trained}</dt>
          <dd>{format.time(timeOfVersion(version))}</dd>
        </div>
        <div class="pair">
          <dt>{t.overview.users}</dt>
          <dd>{format.whole(users)}</dd>
        </div>
        <div class="pair">
          <dt>{t.overview.items}</dt>
          <dd>{format.whole(items)}</dd>
        </div>
      </dl>
      <p class="muted">{t.overview.experts}</p>
      <FamilyCounts label={t.overview.experts} names={experts} />
      <details>
        <summary>{t.families.details}</summary>
        <ul class="tags">
          {experts.map((expert) => (
            <li key={expert} class="tag mono">
              {said.name(expert)}
            </li>
          ))}
        </ul>
      </details>
    </Panel>
  );
}

// Nothing once the lists can be personal.
function Lacks({ now }: { now: Overview }) {
  const t = useTexts();
  const said = useSaid();
  const lacks = now.lacks ?? [];
  return lacks.length === 0 ? null : (
    <Panel title={t.overview.lacks}>
      <ul>
        {lacks.map((one, i) => (
          <li key={one}>{said.sentence(one, now.lack_codes?.[i])}</li>
        ))}
      </ul>
    </Panel>
  );
}

export function OverviewPage() {
  const t = useTexts();
  const format = useFormat();
  const overview = useLoad(api.overview, [], kEvery);
  useSwap(overview.data?.model.version);
  const said = useSaid();
  const up = overview.data?.seconds_up;
  const { problem } = overview;
  const state = problem === null ? "ok" : "bad";
  // A server that refuses or fails has answered all the same.
  const wrong = (one: Problem) => {
    if (one.status === 0) return t.overview.lost;
    return one.status === 401 || one.status === 403 ? t.key.enter : `${one.status} ${said.problem(one).title}`;
  };
  return (
    <>
      <PageHead
        title={t.nav.places.overview}
        lead={t.overview.lead}
        aside={
          <span class={`status ${state}`}>
            {problem !== null ? wrong(problem) : up === undefined ? t.state.loading : t.overview.up(format.span(up))}
          </span>
        }
      />
      <Show loaded={overview} lines={10}>
        {(now) => (
          <>
            <Lacks now={now} />
            <KeyTiles now={now} />
            <Counted now={now} />
            <Charts now={now} />
            <div class="grid two">
              <Satisfaction now={now} />
              <ModelNow now={now} />
            </div>
          </>
        )}
      </Show>
    </>
  );
}
