import { useEffect, useState } from "preact/hooks";
import { announcement, type Announcement } from "../announce";
import { useStore } from "../store";

const kShownFor = 6000;

// What has changed, said to screen readers and shown for a while.
export function Live() {
  const last = useStore(announcement);
  const [shown, setShown] = useState<Announcement | null>(null);
  useEffect(() => {
    setShown(last);
    if (last === null) return;
    const timer = setTimeout(() => setShown(null), kShownFor);
    return () => clearTimeout(timer);
  }, [last]);
  return (
    <div class="live" role="status" aria-live="polite" aria-atomic="true">
      {shown !== null && (
        <p key={shown.serial} class={`toast ${shown.tone}`}>
          {shown.text}
        </p>
      )}
    </div>
  );
}
