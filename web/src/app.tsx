import type { ComponentChild } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ItemPage } from "./pages/item";
import { ItemsPage } from "./pages/items";
import { LaterPage } from "./pages/later";
import { OverviewPage } from "./pages/overview";
import { SearchPage } from "./pages/search";
import { UserPage } from "./pages/user";
import { UsersPage } from "./pages/users";
import { Guard } from "./components/guard";
import { Header } from "./components/header";
import { KeyDialog } from "./components/keyDialog";
import { Live } from "./components/live";
import { Nav } from "./components/nav";
import { Empty } from "./components/states";
import { announcement } from "./announce";
import { keyDialog } from "./api/key";
import { href, route, type Route } from "./route";
import { useTexts } from "./settings";
import { useStore } from "./store";

function NoPage() {
  const t = useTexts();
  return (
    <Empty title={t.nav.noPage}>
      <a href={href(["overview"])}>{t.nav.places.overview}</a>
    </Empty>
  );
}

function pageOf({ parts, query }: Route): ComponentChild {
  const [place = "overview", id] = parts;
  switch (place) {
    case "overview":
      return <OverviewPage />;
    case "users":
      return id === undefined ? <UsersPage /> : <UserPage key={id} id={id} />;
    case "items":
      return id === undefined ? <ItemsPage asked={query} /> : <ItemPage key={id} id={id} />;
    case "search":
      return <SearchPage q={query.get("q") ?? ""} user={query.get("user") ?? ""} />;
    case "quality":
      return <LaterPage name="QualityPage" />;
    case "training":
      return <LaterPage name="TrainingPage" />;
    case "experiments":
      return <LaterPage name="ExperimentsPage" />;
    case "models":
      return <LaterPage name="ModelsPage" />;
    case "rules":
      return <LaterPage name="RulesPage" />;
    case "keys":
      return <LaterPage name="KeysPage" />;
    default:
      return <NoPage />;
  }
}

export function App() {
  const t = useTexts();
  const now = useStore(route);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const [menuOpen, setMenuOpen] = useState(false);
  const place = now.parts[0] ?? "overview";
  const id = now.parts[1] ?? "";

  useEffect(() => {
    if (!menuOpen) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") setMenuOpen(false);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [menuOpen]);

  // A new page starts at its top, for eyes and for screen readers.
  useEffect(() => {
    setMenuOpen(false);
    if (first.current) {
      first.current = false;
      return;
    }
    // What was said of the page before, and asked on it, stays there.
    announcement.set(null);
    keyDialog.set(null);
    scrollTo(0, 0);
    const heading = main.current?.querySelector<HTMLElement>("h1");
    (heading ?? main.current)?.focus({ preventScroll: true });
  }, [place, id]);

  useEffect(() => {
    const names: Record<string, string> = t.nav.places;
    document.title = [id, names[place] ?? "", "Haina 海纳"].filter((part) => part !== "").join(" · ");
  }, [place, id, t]);

  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t.head.skip}
      </a>
      <Header menuOpen={menuOpen} onMenu={() => setMenuOpen(!menuOpen)} />
      <div class="body">
        <Nav here={place} open={menuOpen} onClose={() => setMenuOpen(false)} />
        <main id="main" ref={main} tabIndex={-1}>
          <Guard key={`${place}/${id}`}>{pageOf(now)}</Guard>
        </main>
      </div>
      <KeyDialog />
      <Live />
    </>
  );
}
