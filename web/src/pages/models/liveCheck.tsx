import type { LiveCheck } from "../../api/types";
import { useFormat } from "../../format";
import { useLaterTexts } from "../../hooks/useLaterTexts";
import { useSaid } from "../../settings";

// How a version's ranker did beside its best single model, once users had done something after its training.
export function LiveCheckCell({ check }: { check: LiveCheck | null }) {
  const x = useLaterTexts();
  const said = useSaid();
  const format = useFormat();
  if (check === null) return <span class="muted">{x.models.notChecked}</span>;
  const four = (value: number) => format.fixed(value, 4);
  return (
    <>
      <span class={check.worse ? "warn" : ""}>
        {x.models.ranker} {four(check.ranker)}
      </span>
      <span class="muted"> · {x.models.bestModel(four(check.best_model_value))}</span>
      {check.worse && <span class="tag warn-tag">{x.models.worse}</span>}
      <details>
        <summary>{x.models.details}</summary>
        <p>{x.models.difference(four(check.delta), four(check.low), four(check.high))}</p>
        <p>{x.models.measuredOn(format.whole(check.users))}</p>
        <p>
          {x.models.bestModelName} <span class="mono">{said.name(check.best_model)}</span>
        </p>
      </details>
    </>
  );
}
