import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Model, Models } from "../api/types";
import { announce } from "../announce";
import { timeOfVersion, useFormat } from "../format";
import { useAct } from "../hooks/useAct";
import { useLoad } from "../hooks/useLoad";
import { Confirm } from "../components/dialog";
import { PageHead, Panel } from "../components/panel";
import { Empty, Show } from "../components/states";
import { useTexts } from "../settings";

type Asked = { what: "use"; version: string } | { what: "rollback" } | null;

function Row({ model, onUse }: { model: Model; onUse: () => void }) {
  const t = useTexts();
  const format = useFormat();
  return (
    <tr class={model.current ? "current" : ""}>
      <th scope="row" class="mono">
        {model.version}
      </th>
      <td>{format.time(model.trained ?? timeOfVersion(model.version))}</td>
      <td class="num">{format.whole(model.events)}</td>
      <td class="num">{format.number(model.validation, 4)}</td>
      <td class="end">
        {model.current ? (
          <span class="dot good">{t.models.inUse}</span>
        ) : (
          <button type="button" class="button small" aria-label={t.models.useNamed(model.version)} onClick={onUse}>
            {t.models.use}
          </button>
        )}
      </td>
    </tr>
  );
}

function Versions({ models, onUse }: { models: Models; onUse: (version: string) => void }) {
  const t = useTexts();
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{t.models.version}</th>
            <th scope="col">{t.models.trained}</th>
            <th scope="col" class="num">
              {t.models.events}
            </th>
            <th scope="col" class="num">
              {t.models.validation}
            </th>
            <th scope="col" class="end">
              {t.models.state}
            </th>
          </tr>
        </thead>
        <tbody>
          {models.models.map((model) => (
            <Row key={model.version} model={model} onUse={() => onUse(model.version)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ModelsPage() {
  const t = useTexts();
  const models = useLoad(api.models, []);
  const { busy, act } = useAct();
  const [asked, setAsked] = useState<Asked>(null);
  const doIt = () =>
    act(async () => {
      if (asked === null) return;
      const { current } = asked.what === "use" ? await api.useModel(asked.version) : await api.rollback();
      announce(t.models.nowUsed(current));
      models.reload();
    }).then(() => setAsked(null));
  const many = (models.data?.models.length ?? 0) > 1;
  return (
    <>
      <PageHead
        title={t.nav.places.models}
        lead={t.models.lead}
        aside={
          <button type="button" class="button" disabled={!many || busy} onClick={() => setAsked({ what: "rollback" })}>
            {t.models.rollback}
          </button>
        }
      />
      <Panel title={t.models.versions}>
        <Show loaded={models}>
          {(data) =>
            data.models.length === 0 ? (
              <Empty title={t.models.none}>{t.models.noneText}</Empty>
            ) : (
              <Versions models={data} onUse={(version) => setAsked({ what: "use", version })} />
            )
          }
        </Show>
      </Panel>
      {asked !== null && (
        <Confirm
          title={asked.what === "use" ? t.models.useTitle : t.models.rollbackTitle}
          text={
            asked.what === "use" ? t.models.useText(asked.version) : t.models.rollbackText(models.data?.current ?? "")
          }
          yes={asked.what === "use" ? t.models.use : t.models.rollback}
          busy={busy}
          onYes={() => void doIt()}
          onNo={() => setAsked(null)}
        />
      )}
    </>
  );
}
