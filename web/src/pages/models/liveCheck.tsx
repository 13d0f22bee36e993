import type { LiveCheck } from "../../api/types";
import { useFormat } from "../../format";
import { useTexts } from "../../settings";

// How a version's ranker did beside its best single model, once users had done something after its training.
export function LiveCheckCell({ check }: { check: LiveCheck | null }) {
  const t = useTexts();
  const format = useFormat();
  if (check === null) return <span class="muted">{t.models.notChecked}</span>;
  const four = (value: number) => format.fixed(value, 4);
  return (
    <>
      <span class={check.worse ? "warn" : ""}>
        {t.models.ranker} {four(check.ranker)}
      </span>
      <span class="muted"> · {t.models.bestModel(four(check.best_model_value))}</span>
      {check.worse && <span class="tag warn-tag">{t.models.worse}</span>}
      <details>
        <summary>{t.models.details}</summary>
        <p>{t.models.difference(four(check.delta), four(check.low), four(check.high))}</p>
        <p>{t.models.measuredOn(format.whole(check.users))}</p>
        <p>
          {t.models.bestModelName} <span class="mono">{check.best_model}</span>
        </p>
      </details>
    </>
  );
}
