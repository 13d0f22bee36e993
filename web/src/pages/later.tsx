import { useEffect } from "preact/hooks";
import { Problem } from "../api/problem";
import { Failure, Loading } from "../components/states";
import { createStore, useStore } from "../store";

type Pages = typeof import("./administration");

const pages = createStore<Pages | null>(null);
const failed = createStore(false);

export async function loadLaterPages(): Promise<void> {
  if (pages.get() !== null) return;
  try {
    pages.set(await import("./administration"));
    failed.set(false);
  } catch {
    failed.set(true);
  }
}

export function LaterPage({ name }: { name: keyof Pages }) {
  const loaded = useStore(pages);
  const problem = useStore(failed);
  useEffect(() => void loadLaterPages(), []);
  if (loaded === null) {
    if (!problem) return <Loading lines={8} />;
    return <Failure problem={new Problem(0, "", "", "", "")} retry={() => void loadLaterPages()} />;
  }
  const Page = loaded[name];
  return <Page />;
}
