import { colourOf, familyOf, weightRows, type WeightRow } from "../../families";
import { Panel } from "../../components/panel";
import { Bars, isSeen } from "../../components/shares";
import { useFormat } from "../../format";
import { useLaterTexts } from "../../hooks/useLaterTexts";
import { useSaid, useTexts } from "../../settings";

const kOfUsers = ["gated", "network"];

export interface ModelWeight {
  name: string;
  weight: number;
}

const colourOfRow = (of: WeightRow["of"]) => (of === "network" ? "var(--accent)" : colourOf(of));

// Shares of the absolute weights. Negative ones, which push down what their model ranks high, have their sign.
export function RankerWeights({ weights, fit }: { weights: ModelWeight[]; fit: string }) {
  const t = useTexts();
  const x = useLaterTexts().training;
  const said = useSaid();
  const format = useFormat();
  const whole = weights.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const used = weights.filter(({ weight }) => weight !== 0).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const unused = weights.filter(({ weight }) => weight === 0).map(({ name }) => said.name(name));
  const rows = weightRows(Object.fromEntries(used.map(({ name, weight }) => [name, weight])));
  const nameOf = ({ of, negative }: WeightRow) => {
    const name = of === "network" ? x.network : t.families[of];
    return negative ? x.negative(name) : name;
  };
  return (
    <Panel title={x.ranker}>
      <p class="muted">
        {x.rankerText} {used.some(({ weight }) => weight < 0) && x.negativeText}{" "}
        {kOfUsers.includes(fit) && x.rankerOfUsers}
      </p>
      <Bars
        label={x.ranker}
        whole={1}
        bars={rows
          .filter(({ share }) => isSeen(share))
          .map((row) => ({
            name: nameOf(row),
            value: row.share,
            text: format.percent(row.negative ? -row.share : row.share),
            colour: colourOfRow(row.of),
            negative: row.negative,
          }))}
      />
      <details>
        <summary>{t.families.details}</summary>
        <Bars
          label={x.ranker}
          whole={whole}
          bars={used.map(({ name, weight }) => ({
            name: said.name(name),
            value: Math.abs(weight),
            text: format.percent(weight / whole),
            colour: colourOfRow(name === "network" ? name : familyOf(name)),
            negative: weight < 0,
          }))}
        />
        {unused.length > 0 && <p class="muted">{x.withoutWeight(unused.join(", "))}</p>}
      </details>
    </Panel>
  );
}
