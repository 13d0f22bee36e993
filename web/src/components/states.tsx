import type { ComponentChildren } from "preact";
import type { Problem } from "../api/problem";
import { keyDialog } from "../api/key";
import type { Loaded } from "../hooks/useLoad";
import { useSaid, useTexts } from "../settings";
import { Icon } from "./icons";

export function Loading({ lines = 4 }: { lines?: number }) {
  const t = useTexts();
  return (
    <div class="loading" role="status">
      <span class="sr-only">{t.state.loading}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class="skeleton" style={{ width: `${92 - ((i * 23) % 45)}%` }} />
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name="empty" size={30} />
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="empty-text">{children}</div>}
    </div>
  );
}

export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const t = useTexts();
  const said = useSaid();
  const refused = problem.status === 401 || problem.status === 403;
  // What is not there does not come by asking again, and the sentence has said what it is.
  const missing = problem.status === 404;
  const text = said.problem(problem);
  const title = problem.status === 0 ? t.state.failed : `${problem.status} ${text.title}`;
  const detail = text.detail || (problem.status === 0 ? t.state.unreachable : "");
  const hint = text.hint || (problem.status === 0 ? t.state.unreachableHint : "");
  return (
    <div class="failure" role="alert">
      <Icon name="alert" size={22} />
      <div class="failure-text">
        <p class="failure-title">{title}</p>
        {detail !== "" && <p>{detail}</p>}
        {hint !== "" && (
          <p class="muted">
            <strong>{t.state.hint}</strong> {hint}
          </p>
        )}
        {problem.at !== "" && !missing && <p class="muted mono">{problem.at}</p>}
        <div class="row">
          {retry !== undefined && !missing && (
            <button type="button" class="button small" onClick={retry}>
              {t.state.retry}
            </button>
          )}
          {refused && (
            <button type="button" class="button small" onClick={() => keyDialog.set({ why: problem })}>
              {t.key.enter}
            </button>
          )}
        </div>
      </div>
    </div>
  );
}

interface ShowProps<T> {
  loaded: Loaded<T>;
  lines?: number;
  children: (data: T) => ComponentChildren;
}

// The data, or why there is none; a problem that comes after good data stands above what is known.
export function Show<T>({ loaded, lines, children }: ShowProps<T>) {
  const { data, problem, loading, reload } = loaded;
  if (data === null && problem === null) return <Loading {...(lines === undefined ? {} : { lines })} />;
  return (
    <>
      {problem !== null && <Failure problem={problem} retry={reload} />}
      {data !== null && (
        <div class="shown" aria-busy={loading}>
          {children(data)}
        </div>
      )}
    </>
  );
}
