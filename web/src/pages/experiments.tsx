import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { LiveCheck, Models, Overview } from "../api/types";
import { familyOf } from "../families";
import { useFormat } from "../format";
import { useLoad } from "../hooks/useLoad";
import { PageHead, Panel, Tile, Tiles } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Empty, Show } from "../components/states";
import { href } from "../route";
import { useSaid, useTexts } from "../settings";
import { useLaterTexts } from "../hooks/useLaterTexts";

const kEvery = 5000;
// Normal quantiles of a two-sided test at 5 % and of 80 % power.
const kSignificance = 1.96;
const kPower = 0.8416;
const kDay = 86_400;

type Swap = NonNullable<Models["swaps"]>[number];

const wasTaken = (swap: Swap) => swap.refused === null && swap.failed == null;
const seconds = (time: string) => Date.parse(time) / 1000;

function perArm(rate: number, lift: number): number | null {
  const other = rate * (1 + lift);
  if (!(rate > 0 && rate < 1 && lift !== 0 && other > 0 && other < 1)) return null;
  const spread = rate * (1 - rate) + other * (1 - other);
  return Math.ceil(((kSignificance + kPower) ** 2 * spread) / (other - rate) ** 2);
}

// What users made of the lists that were shown, whichever version made them.
function Felt({ now, swaps }: { now: Overview; swaps: Swap[] }) {
  const t = useTexts();
  const x = useLaterTexts().experiments;
  const format = useFormat();
  const { satisfaction: felt } = now;
  const { since } = felt;
  const at = (time: number) => format.time(new Date(1000 * time).toISOString());
  if (since === null || felt.shown === 0) {
    return (
      <Panel title={x.felt}>
        <Empty title={x.nothingShown}>{x.nothingShownText}</Empty>
      </Panel>
    );
  }
  const changes = swaps.filter((swap) => wasTaken(swap) && seconds(swap.time) > since);
  const served = new Set(changes.flatMap(({ from, to }) => [from, to])).size;
  return (
    <Panel title={x.felt}>
      <Tiles label={x.felt}>
        <Tile
          label={t.overview.ctr}
          value={format.percent(felt.ctr, 2)}
          note={t.overview.clicksOf(format.whole(felt.clicks), format.whole(felt.shown))}
        />
        <Tile
          label={t.overview.likeRate}
          value={format.percent(felt.like_rate)}
          note={t.overview.likes(format.short(felt.likes), format.short(felt.dislikes))}
        />
        <Tile label={t.overview.dwell} value={format.seconds(felt.mean_dwell_s)} />
        <Tile
          label={t.overview.rating}
          value={format.number(felt.mean_rating)}
          note={felt.ratings === 0 ? t.overview.noRatings : t.overview.ratings(format.short(felt.ratings))}
        />
      </Tiles>
      <ul class="meanings">
        <li>{x.counted(format.whole(felt.impressions), at(since))}</li>
        <li>{served === 0 ? x.oneServed : x.severalServed(served)}</li>
      </ul>
    </Panel>
  );
}

// Versions that followed one another, each pair on the newest events of the same users.
function Compared({ swaps }: { swaps: Swap[] }) {
  const x = useLaterTexts().experiments;
  const format = useFormat();
  const compared = swaps.flatMap((swap) => (swap.compared == null ? [] : [{ ...swap, of: swap.compared }]));
  return (
    <Panel title={x.versions}>
      <p class="muted">{x.versionsText}</p>
      {compared.length === 0 ? (
        <Empty title={x.noVersions}>{x.noVersionsText}</Empty>
      ) : (
        <Scroll label={x.versions}>
          <table>
            <thead>
              <tr>
                <th scope="col">{x.time}</th>
                <th scope="col">{x.newer}</th>
                <th scope="col" class="num">
                  NDCG@10
                </th>
                <th scope="col">{x.before}</th>
                <th scope="col" class="num">
                  NDCG@10
                </th>
                <th scope="col" class="num">
                  {x.users}
                </th>
                <th scope="col">{x.outcome}</th>
              </tr>
            </thead>
            <tbody>
              {compared.map((swap) => (
                <tr key={`${swap.time} ${swap.to}`}>
                  <td class="muted nowrap">{format.time(swap.time)}</td>
                  <th scope="row" class="mono">
                    {swap.to}
                  </th>
                  <td class="num">{format.fixed(swap.of.to, 4)}</td>
                  <td class="mono">{swap.from}</td>
                  <td class="num">{format.fixed(swap.of.from, 4)}</td>
                  <td class="num">{format.whole(swap.of.users)}</td>
                  <td>
                    {wasTaken(swap) ? (
                      x.taken
                    ) : (
                      <span class="warn">{swap.refused === null ? x.failed : x.refused}</span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  );
}

function verdictOf({ low, high }: LiveCheck): "better" | "unclear" | "worse" {
  return low > 0 ? "better" : high < 0 ? "worse" : "unclear";
}

// Each version's ranker beside the best of the models that it blends.
function BestModels({ models }: { models: Models["models"] }) {
  const t = useTexts();
  const later = useLaterTexts();
  const x = later.experiments;
  const said = useSaid();
  const format = useFormat();
  const checked = models.flatMap(({ version, live_check }) => (live_check == null ? [] : [{ version, ...live_check }]));
  const four = (value: number) => format.fixed(value, 4);
  return (
    <Panel title={x.parts}>
      <p class="muted">{x.partsText}</p>
      {checked.length === 0 ? (
        <Empty title={x.noParts}>{x.noPartsText}</Empty>
      ) : (
        <Scroll label={x.parts}>
          <table>
            <thead>
              <tr>
                <th scope="col">{later.models.version}</th>
                <th scope="col" class="num">
                  {x.rankerValue}
                </th>
                <th scope="col" class="num">
                  {x.bestValue}
                </th>
                <th scope="col" class="num">
                  {x.difference}
                </th>
                <th scope="col" class="num">
                  {x.users}
                </th>
                <th scope="col">{x.verdict}</th>
              </tr>
            </thead>
            <tbody>
              {checked.map((check) => (
                <tr key={check.version}>
                  <th scope="row" class="mono">
                    {check.version}
                  </th>
                  <td class="num">{four(check.ranker)}</td>
                  <td class="num">
                    {four(check.best_model_value)}
                    <details>
                      <summary>{t.families[familyOf(check.best_model)]}</summary>
                      <span class="mono">{said.name(check.best_model)}</span>
                    </details>
                  </td>
                  <td class="num">
                    {four(check.delta)}{" "}
                    <span class="muted nowrap">{x.interval(four(check.low), four(check.high))}</span>
                  </td>
                  <td class="num">{format.whole(check.users)}</td>
                  <td class={verdictOf(check) === "worse" ? "warn" : ""}>{x.verdicts[verdictOf(check)]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  );
}

function Next({ now, models }: { now: Overview; models: Models }) {
  const x = useLaterTexts().experiments;
  const { next } = x;
  const current = models.models.find((model) => model.current);
  const measured = (models.swaps ?? []).some(({ compared }) => compared != null);
  const steps = [
    ...(now.satisfaction.shown === 0 ? [next.show] : []),
    ...(models.models.length < 2 ? [next.train] : measured ? [] : [next.use]),
    ...(current?.live_check != null && verdictOf(current.live_check) === "worse" ? [next.again] : []),
    next.change,
  ];
  return (
    <Panel title={next.title}>
      <ol class="needs">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p>
        <a href={href(["models"])}>{x.toModels}</a>
      </p>
    </Panel>
  );
}

function SampleSize({ now }: { now: Overview }) {
  const x = useLaterTexts().experiments;
  const format = useFormat();
  const { ctr: measured, since, shown: counted } = now.satisfaction;
  const [rate, setRate] = useState<string | null>(null);
  const [lift, setLift] = useState("5");
  const shown = rate ?? (measured === null ? "" : (100 * measured).toFixed(2));
  const needed = perArm(Number(shown) / 100, Number(lift) / 100);
  // Within hours the pace follows the time of the day.
  const seconds = since === null ? 0 : now.now - since;
  const perDay = seconds < kDay ? 0 : (counted * kDay) / seconds;
  return (
    <Panel title={x.size}>
      <p class="muted">{x.sizeText}</p>
      <div class="form-row">
        <label class="field">
          <span>{x.rate}</span>
          <input
            type="number"
            min="0"
            max="100"
            step="any"
            value={shown}
            onInput={(event) => setRate(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{x.lift}</span>
          <input type="number" step="any" value={lift} onInput={(event) => setLift(event.currentTarget.value)} />
        </label>
      </div>
      <p aria-live="polite">
        <span class="big-number">{format.whole(needed)}</span>{" "}
        <span class="muted">{needed === null ? x.cannot : x.perArm}</span>
      </p>
      {needed !== null && counted > 0 && (
        <p class="muted">{perDay > 0 ? x.lasts(format.span((kDay * needed) / perDay)) : x.paceUnknown}</p>
      )}
      <p class="muted">{measured === null ? x.notMeasured : x.measured}</p>
    </Panel>
  );
}

export function ExperimentsPage() {
  const t = useTexts();
  const x = useLaterTexts().experiments;
  const loaded = useLoad(
    async (signal) => {
      const [now, models] = await Promise.all([api.overview(signal), api.models(signal)]);
      return { now, models };
    },
    [],
    kEvery,
  );
  return (
    <>
      <PageHead title={t.nav.places.experiments} lead={x.lead} />
      <Show loaded={loaded} lines={10}>
        {({ now, models }) => (
          <>
            <Felt now={now} swaps={models.swaps ?? []} />
            <Compared swaps={models.swaps ?? []} />
            <BestModels models={models.models} />
            <div class="grid two">
              <Next now={now} models={models} />
              <SampleSize now={now} />
            </div>
          </>
        )}
      </Show>
    </>
  );
}
