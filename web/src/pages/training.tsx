import { useMemo } from "preact/hooks";
import { api } from "../api/endpoints";
import type { JsonObject } from "../api/types";
import { useFormat } from "../format";
import { colourOf, familyOf } from "../families";
import { useLoad } from "../hooks/useLoad";
import { number, numbers, object, objects, text, texts, without } from "../json";
import { Chart } from "../components/chart";
import { FamilyCounts, FamilyWeights } from "../components/families";
import { RawDocument } from "../components/keyValues";
import { PageHead, Panel, Tile, Tiles } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Bars } from "../components/shares";
import { Empty, Show } from "../components/states";
import { useSaid, useTexts } from "../settings";
import { useLaterTexts } from "../hooks/useLaterTexts";
import { RankerWeights, type ModelWeight } from "./training/rankerWeights";

const kShownByName = [
  "version",
  "trained",
  "users",
  "items",
  "seed",
  "best_epoch",
  "epochs",
  "curve",
  "source_weights",
  "experts",
  "ranker",
  "seconds",
];

const kLeastRest = 0.05; // seconds

interface Curve {
  epochs: number[];
  loss: (number | null)[];
  validation: (number | null)[];
}

function curveOf(about: JsonObject): Curve {
  const named = objects(about.epochs);
  const records = named.length > 0 ? named : objects(about.curve);
  return {
    epochs: records.map((record, i) => number(record.epoch) ?? i + 1),
    loss: records.map((record) => number(record.loss)),
    validation: records.map((record) => number(record.validation_metric) ?? number(record.val)),
  };
}

// Experts come as a list or by name, each with whatever figures it has.
function expertsOf(about: JsonObject): { name: string; figures: JsonObject }[] {
  if (Array.isArray(about.experts)) {
    return about.experts.map((expert) =>
      typeof expert === "string"
        ? { name: expert, figures: {} }
        : { name: text(object(expert).name), figures: without(object(expert), ["name"]) },
    );
  }
  return Object.entries(object(about.experts)).map(([name, value]) => ({
    name,
    figures: typeof value === "number" ? { validation: value } : object(value),
  }));
}

function Curves({ about }: { about: JsonObject }) {
  const x = useLaterTexts().training;
  const format = useFormat();
  const curve = useMemo(() => curveOf(about), [about]);
  if (curve.epochs.length === 0) return <Empty title={x.noCurve} />;
  const formatX = (epoch: number) => x.epoch(epoch);
  const best = number(about.best_epoch);
  const metric = text(about.metric).toUpperCase();
  const mark = best === null || !curve.epochs.includes(best) ? undefined : { x: best, text: x.best };
  return (
    <>
      <p class="muted">{x.curvesText(metric)}</p>
      <div class="grid two inner">
        <Chart
          label={x.loss}
          kind="line"
          sync="training"
          height={200}
          mark={mark}
          x={curve.epochs}
          y={curve.loss}
          format={(value) => format.fixed(value, 3)}
          formatAxis={(value) => format.number(value, 3)}
          formatX={formatX}
          nameX={x.epochs}
        />
        <Chart
          label={x.validation(metric)}
          kind="line"
          sync="training"
          height={200}
          mark={mark}
          x={curve.epochs}
          y={curve.validation}
          format={(value) => format.fixed(value, 4)}
          formatAxis={(value) => format.number(value, 4)}
          formatX={formatX}
          nameX={x.epochs}
        />
      </div>
    </>
  );
}

// What the ranker multiplies the standardised scores of each model with; empty where the document has none.
function weightsOf(about: JsonObject): ModelWeight[] {
  const { models, weights } = object(about.ranker);
  const values = Array.isArray(weights) ? weights.map(number) : [];
  return texts(models).map((name, i) => ({ name, weight: values[i] ?? 0 }));
}

// Rest: what the stages do not name, such as reading and writing.
function TimeSpent({ stages, total }: { stages: [string, number][]; total: number | null }) {
  const x = useLaterTexts().training;
  const said = useSaid();
  const format = useFormat();
  const named = stages.reduce((sum, [, value]) => sum + value, 0);
  const whole = Math.max(total ?? named, named);
  const all: [string, number][] = [...stages.map(([name, value]): [string, number] => [said.term(name), value])];
  if (whole - named >= kLeastRest) all.push([x.rest, whole - named]);
  return (
    <Panel title={x.time}>
      <Bars
        label={x.time}
        whole={whole}
        bars={all.map(([name, value]) => ({ name, value, text: format.seconds(value) }))}
      />
    </Panel>
  );
}

const plainly = (value: number) => String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));

// {"l2": 1000, "on": true} as "l2 1000, on true".
function settingsOf(value: unknown): string {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.entries(value)
        .map(([name, one]) => `${name} ${typeof one === "number" ? plainly(one) : JSON.stringify(one)}`)
        .join(", ")
    : JSON.stringify(value);
}

function Experts({ experts }: { experts: { name: string; figures: JsonObject }[] }) {
  const x = useLaterTexts().training;
  const said = useSaid();
  const format = useFormat();
  const figures = [...new Set(experts.flatMap((expert) => Object.keys(expert.figures)))];
  return (
    <Scroll label={x.experts}>
      <table>
        <thead>
          <tr>
            <th scope="col">{x.expert}</th>
            {figures.map((figure) => (
              <th key={figure} scope="col" class={typeof experts[0]?.figures[figure] === "object" ? "" : "num"}>
                {said.term(figure)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {experts.map(({ name, figures: values }) => (
            <tr key={name}>
              <th scope="row">
                <span class="swatch" style={{ background: colourOf(familyOf(name)) }} /> {said.name(name)}
              </th>
              {figures.map((figure) => {
                const value = values[figure];
                return (
                  <td key={figure} class={typeof value === "object" ? "" : "num"}>
                    {typeof value === "number"
                      ? format.fixed(value, 4)
                      : value === undefined || value === null
                        ? "–"
                        : typeof value === "string"
                          ? value
                          : settingsOf(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function About({ about }: { about: JsonObject }) {
  const t = useTexts();
  const x = useLaterTexts().training;
  const format = useFormat();
  const weights = Object.fromEntries(numbers(about.source_weights));
  const seconds = numbers(about.seconds).filter(([name]) => name !== "total");
  const total = number(object(about.seconds).total);
  const experts = expertsOf(about);
  const ranked = weightsOf(about);
  const epochs = curveOf(about).epochs.length;
  const networkCounts = ranked.every(({ name, weight }) => name !== "network" || weight !== 0);
  const names = ranked.length > 0 ? ranked.map(({ name }) => name) : experts.map(({ name }) => name);
  const rest = without(about, kShownByName);
  return (
    <>
      <Tiles label={x.facts}>
        <Tile long label={x.version} value={text(about.version) || "–"} note={format.time(text(about.trained))} />
        <Tile
          label={x.size}
          value={`${format.short(number(about.users))} × ${format.short(number(about.items))}`}
          note={x.sizeNote}
        />
        <Tile
          label={x.took}
          value={format.seconds(total)}
          note={text(about.seed) === "" ? undefined : x.withSeed(text(about.seed))}
        />
        <Tile
          label={x.bestEpoch}
          value={format.whole(number(about.best_epoch))}
          note={epochs > 0 ? x.ofEpochs(format.whole(epochs)) : undefined}
        />
      </Tiles>
      <Panel title={x.curves}>
        <Curves about={about} />
      </Panel>
      <div class="grid two">
        <div class="stack-gap">
          <Panel title={x.weights}>
            {Object.keys(weights).length === 0 ? (
              <Empty title={x.noWeights} />
            ) : (
              <>
                <p class="muted">{x.weightsText}</p>
                <FamilyWeights label={x.weights} shares={weights} />
                {!networkCounts && <p class="notes">{x.networkUnused}</p>}
              </>
            )}
          </Panel>
          {seconds.length > 0 && <TimeSpent stages={seconds} total={total} />}
        </div>
        <div class="stack-gap">
          {ranked.some(({ weight }) => weight !== 0) && (
            <RankerWeights weights={ranked} fit={text(object(about.ranker).fit)} />
          )}
          <Panel title={x.experts}>
            {experts.length === 0 ? (
              <Empty title={x.noExperts} />
            ) : (
              <>
                <FamilyCounts label={x.experts} names={names} />
                <details>
                  <summary>{t.families.details}</summary>
                  <Experts experts={experts} />
                </details>
              </>
            )}
          </Panel>
          {Object.keys(rest).length > 0 && <RawDocument values={rest} />}
        </div>
      </div>
    </>
  );
}

export function TrainingPage() {
  const t = useTexts();
  const x = useLaterTexts().training;
  const training = useLoad(api.training, []);
  return (
    <>
      <PageHead title={t.nav.places.training} lead={x.lead} />
      <Show loaded={training} lines={10}>
        {(about) => <About about={about} />}
      </Show>
    </>
  );
}
