import { useState } from "preact/hooks";
import { announce } from "../announce";
import { Problem } from "../api/problem";
import { useTexts } from "../settings";

// For buttons that change something: one call at a time, and its problem announced.
export function useAct(): { busy: boolean; act: (work: () => Promise<void>) => Promise<boolean> } {
  const t = useTexts();
  const [busy, setBusy] = useState(false);
  const act = async (work: () => Promise<void>) => {
    if (busy) return false;
    setBusy(true);
    try {
      await work();
      return true;
    } catch (error) {
      const problem = error instanceof Problem ? error : null;
      const said = [problem?.detail || problem?.title || t.state.unreachable, problem?.hint ?? ""];
      announce(said.filter((part) => part !== "").join(" · "), "bad");
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, act };
}
