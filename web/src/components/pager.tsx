import { useFormat } from "../format";
import { useTexts } from "../settings";

interface PagerProps {
  offset: number;
  shown: number;
  total: number;
  size: number;
  onTurn: (offset: number) => void;
}

export function Pager({ offset, shown, total, size, onTurn }: PagerProps) {
  const t = useTexts();
  const { whole } = useFormat();
  return (
    <div class="row pager">
      <span class="muted" aria-live="polite">
        {t.pager.range(whole(offset + 1), whole(offset + shown), whole(total))}
      </span>
      {total > size && (
        <>
          <button
            type="button"
            class="button small push"
            disabled={offset === 0}
            onClick={() => onTurn(Math.max(0, offset - size))}
          >
            {t.pager.back}
          </button>
          <button
            type="button"
            class="button small"
            disabled={offset + shown >= total}
            onClick={() => onTurn(offset + size)}
          >
            {t.pager.on}
          </button>
        </>
      )}
    </div>
  );
}
