import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import { useFormat } from "../format";
import { useLoad } from "../hooks/useLoad";
import { PageHead, Panel } from "../components/panel";
import { Empty } from "../components/states";
import { href } from "../route";
import { useTexts } from "../settings";

// Normal quantiles of a two-sided test at 5 % and of 80 % power.
const kSignificance = 1.96;
const kPower = 0.8416;

function perArm(rate: number, lift: number): number | null {
  const other = rate * (1 + lift);
  if (!(rate > 0 && rate < 1 && lift !== 0 && other > 0 && other < 1)) return null;
  const spread = rate * (1 - rate) + other * (1 - other);
  return Math.ceil(((kSignificance + kPower) ** 2 * spread) / (other - rate) ** 2);
}

function SampleSize({ measured }: { measured: number | null }) {
  const t = useTexts();
  const format = useFormat();
  const [rate, setRate] = useState<string | null>(null);
  const [lift, setLift] = useState("5");
  const shown = rate ?? (measured === null ? "" : (100 * measured).toFixed(2));
  const needed = perArm(Number(shown) / 100, Number(lift) / 100);
  return (
    <Panel title={t.experiments.size}>
      <p class="muted">{t.experiments.sizeText}</p>
      <div class="form-row">
        <label class="field">
          <span>{t.experiments.rate}</span>
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
          <span>{t.experiments.lift}</span>
          <input type="number" step="any" value={lift} onInput={(event) => setLift(event.currentTarget.value)} />
        </label>
      </div>
      <p aria-live="polite">
        <span class="big-number">{format.whole(needed)}</span>{" "}
        <span class="muted">{needed === null ? t.experiments.cannot : t.experiments.perArm}</span>
      </p>
      <p class="muted">{measured === null ? t.experiments.notMeasured : t.experiments.measured}</p>
    </Panel>
  );
}

export function ExperimentsPage() {
  const t = useTexts();
  const overview = useLoad(api.overview, []);
  return (
    <>
      <PageHead title={t.nav.places.experiments} lead={t.experiments.lead} />
      <section class="panel">
        <Empty title={t.experiments.none}>{t.experiments.noneText}</Empty>
      </section>
      <div class="grid two">
        <Panel title={t.experiments.needs}>
          <ol class="needs">
            {t.experiments.needsList.map(({ name, text }) => (
              <li key={name}>
                <strong>{name}</strong>
                <span class="muted">{text}</span>
              </li>
            ))}
          </ol>
          <p>
            <a href={href(["models"])}>{t.experiments.toModels}</a>
          </p>
        </Panel>
        <SampleSize measured={overview.data?.satisfaction.ctr ?? null} />
      </div>
    </>
  );
}
