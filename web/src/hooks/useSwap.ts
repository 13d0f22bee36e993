import { useEffect, useRef, useState } from "preact/hooks";
import { announce } from "../announce";
import { useTexts } from "../settings";

export interface Swap {
  from: string;
  to: string;
  at: Date;
}

// The last change of the version in use since the page was opened, whoever made it. Each is announced.
export function useSwap(version: string | undefined): Swap | null {
  const t = useTexts();
  const last = useRef(version);
  const [swap, setSwap] = useState<Swap | null>(null);
  useEffect(() => {
    const from = last.current;
    if (version === undefined) return;
    last.current = version;
    if (from === undefined || from === version) return;
    setSwap({ from, to: version, at: new Date() });
    announce(t.overview.swapped(from, version));
    // Said once for each change, not again in another language.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [version]);
  return swap;
}
