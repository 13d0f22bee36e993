import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { apiKey } from "../api/key";
import { Problem } from "../api/problem";
import { useStore } from "../store";

export interface Loaded<T> {
  data: T | null;
  problem: Problem | null;
  loading: boolean;
  reload: () => void;
}

// Calls `load` whenever `asked` or the API key changes, and every `every` milliseconds while the page is visible.
// The last good answer stays while the next one is on its way.
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, asked: unknown[], every = 0): Loaded<T> {
  const [data, setData] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const key = useStore(apiKey);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const run = async () => {
      setLoading(true);
      try {
        const answer = await latest.current(stop.signal);
        if (stop.signal.aborted) return;
        setData(() => answer);
        setProblem(null);
      } catch (error) {
        if (stop.signal.aborted) return;
        setProblem(error instanceof Problem ? error : new Problem(0, "", String(error), "", ""));
      }
      setLoading(false);
      plan();
    };
    const plan = () => {
      clearTimeout(timer);
      if (every > 0 && !document.hidden) timer = setTimeout(() => void run(), every);
    };
    const onVisibility = () => {
      if (document.hidden) clearTimeout(timer);
      else void run();
    };

    void run();
    if (every > 0) document.addEventListener("visibilitychange", onVisibility);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    };
    // The caller lists what the request depends on, as for useEffect itself.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [...asked, key, turn, every]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { data, problem, loading, reload };
}
