import { useMemo } from "preact/hooks";
import { api } from "../api/endpoints";
import type { JsonObject } from "../api/types";
import { useFormat } from "../format";
import { colourOf, familyOf } from "../families";
import { useLoad } from "../hooks/useLoad";
import { number, numbers, object, objects, text, without } from "../json";
import { Chart } from "../components/chart";
import { FamilyCounts, FamilyWeights } from "../components/families";
import { RawDocument } from "../components/keyValues";
import { PageHead, Panel, Tile, Tiles } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Bars } from "../components/shares";
import { Empty, Show } from "../components/states";
import { useSaid, useTexts } from "../settings";

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
  "seconds",
];

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
  const t = useTexts();
  const format = useFormat();
  const curve = useMemo(() => curveOf(about), [about]);
  if (curve.epochs.length === 0) return <Empty title={t.training.noCurve} />;
  const formatX = (epoch: number) => t.training.epoch(epoch);
  const best = number(about.best_epoch);
  const mark = best === null || !curve.epochs.includes(best) ? undefined : { x: best, text: t.training.best };
  return (
    <div class="grid two inner">
      <Chart
        label={t.training.loss}
        kind="line"
        sync="training"
        height={200}
        mark={mark}
        x={curve.epochs}
        y={curve.loss}
        format={(value) => format.fixed(value, 3)}
        formatAxis={(value) => format.number(value, 3)}
        formatX={formatX}
      />
      <Chart
        label={t.training.validation(typeof about.metric === "string" ? about.metric.toUpperCase() : "")}
        kind="line"
        sync="training"
        height={200}
        mark={mark}
        x={curve.epochs}
        y={curve.validation}
        format={(value) => format.fixed(value, 4)}
        formatAxis={(value) => format.number(value, 4)}
        formatX={formatX}
      />
    </div>
  );
}

// {"l2": 1000, "on": true} as "l2 1000, on true".
function settingsOf(value: unknown): string {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.entries(value)
        .map(([name, one]) => `${name} ${typeof one === "object" ? JSON.stringify(one) : String(one)}`)
        .join(", ")
    : JSON.stringify(value);
}

function Experts({ experts }: { experts: { name: string; figures: JsonObject }[] }) {
  const t = useTexts();
  const said = useSaid();
  const format = useFormat();
  const figures = [...new Set(experts.flatMap((expert) => Object.keys(expert.figures)))];
  return (
    <Scroll label={t.training.experts}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.training.expert}</th>
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
                <span class="swatch" style={{ background: colourOf(familyOf(name)) }} /> {name}
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
  const said = useSaid();
  const format = useFormat();
  const weights = Object.fromEntries(numbers(about.source_weights));
  const seconds = numbers(about.seconds).filter(([name]) => name !== "total");
  const experts = expertsOf(about);
  const rest = without(about, kShownByName);
  return (
    <>
      <Tiles label={t.training.facts}>
        <Tile
          long
          label={t.training.version}
          value={text(about.version) || "–"}
          note={format.time(text(about.trained))}
        />
        <Tile
          label={t.training.size}
          value={`${format.short(number(about.users))} × ${format.short(number(about.items))}`}
          note={t.training.sizeNote}
        />
        <Tile label={t.training.seed} value={text(about.seed) || "–"} />
        <Tile
          label={t.training.bestEpoch}
          value={format.whole(number(about.best_epoch))}
          note={t.training.seconds(format.seconds(number(object(about.seconds).total)))}
        />
      </Tiles>
      <Panel title={t.training.curves}>
        <Curves about={about} />
      </Panel>
      <div class="grid two">
        <div class="stack-gap">
          <Panel title={t.training.weights}>
            {Object.keys(weights).length === 0 ? (
              <Empty title={t.training.noWeights} />
            ) : (
              <FamilyWeights label={t.training.weights} shares={weights} />
            )}
          </Panel>
          {seconds.length > 0 && (
            <Panel title={t.training.time}>
              <Bars
                label={t.training.time}
                whole={number(object(about.seconds).total) ?? seconds.reduce((sum, [, value]) => sum + value, 0)}
                bars={seconds.map(([name, value]) => ({ name: said.term(name), value, text: format.seconds(value) }))}
              />
            </Panel>
          )}
        </div>
        <div class="stack-gap">
          <Panel title={t.training.experts}>
            {experts.length === 0 ? (
              <Empty title={t.training.noExperts} />
            ) : (
              <>
                <FamilyCounts label={t.training.experts} names={experts.map(({ name }) => name)} />
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
  const training = useLoad(api.training, []);
  return (
    <>
      <PageHead title={t.nav.places.training} lead={t.training.lead} />
      <Show loaded={training} lines={10}>
        {(about) => <About about={about} />}
      </Show>
    </>
  );
}
