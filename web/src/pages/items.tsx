import { PageHead } from "../components/panel";
import { useTexts } from "../settings";
import { FindPanel } from "./items/find";
import { MapPanel } from "./items/mapPanel";

export function ItemsPage({ asked }: { asked: URLSearchParams }) {
  const t = useTexts();
  return (
    <>
      <PageHead title={t.nav.places.items} lead={t.items.lead} />
      <FindPanel asked={asked} />
      <MapPanel />
    </>
  );
}
