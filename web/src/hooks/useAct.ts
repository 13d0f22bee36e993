import { useState } from "preact/hooks";
import { announce } from "../announce";
import { Problem } from "../api/problem";
import { useSaid, useTexts } from "../settings";

type Act = (work: () => Promise<void>, failed?: (why: string) => string) => Promise<boolean>;

// For buttons that change something: one call at a time, and its problem announced. failed: what has not been done.
export function useAct(): { busy: boolean; act: Act } {
  const t = useTexts();
  const said = useSaid();
  const [busy, setBusy] = useState(false);
  const act: Act = async (work, failed = (why) => why) => {
    if (busy) return false;
    setBusy(true);
    try {
      await work();
      return true;
    } catch (error) {
      const text = error instanceof Problem ? said.problem(error) : null;
      const parts = [text?.detail || text?.title || t.state.unreachable, text?.hint ?? ""];
      announce(failed(parts.filter((part) => part !== "").join(" · ")), "bad");
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, act };
}
