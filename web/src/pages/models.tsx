import { useState } from "preact/hooks";
import { api } from "../api/endpoints";
import type { Model, Models } from "../api/types";
import { timeOfVersion, useFormat } from "../format";
import { useLaterTexts } from "../hooks/useLaterTexts";
import { useAct } from "../hooks/useAct";
import { useLoad } from "../hooks/useLoad";
import { useSwap, type Swap } from "../hooks/useSwap";
import { Confirm } from "../components/dialog";
import { PageHead, Panel } from "../components/panel";
import { Scroll } from "../components/scroll";
import { Empty, Show } from "../components/states";
import { useSaid, useTexts } from "../settings";
import { LiveCheckCell } from "./models/liveCheck";

const kEvery = 5000;

type Asked = { what: "use"; version: string } | { what: "rollback" } | null;

function Row({ model, sameData, onUse }: { model: Model; sameData: boolean; onUse: () => void }) {
  const x = useLaterTexts();
  const format = useFormat();
  return (
    <tr class={model.current ? "current" : ""}>
      <th scope="row" class="mono">
        {model.version}
        {(model.forgotten_since ?? 0) > 0 && (
          <span class="tag warn-tag">{x.models.forgotten(format.whole(model.forgotten_since))}</span>
        )}
      </th>
      <td>{format.time(model.trained ?? timeOfVersion(model.version))}</td>
      <td class="num">{format.whole(model.events)}</td>
      <td class="num">
        {format.number(model.validation, 4)}{" "}
        {model.validation !== null && !sameData && <span class="tag">{x.models.otherData}</span>}
      </td>
      <td>
        <LiveCheckCell check={model.live_check ?? null} />
      </td>
      <td class="end">
        {model.current ? (
          <span class="dot good">{x.models.inUse}</span>
        ) : (
          <button type="button" class="button small" aria-label={x.models.useNamed(model.version)} onClick={onUse}>
            {x.models.use}
          </button>
        )}
      </td>
    </tr>
  );
}

function Versions({ models, onUse }: { models: Models; onUse: (version: string) => void }) {
  const x = useLaterTexts();
  const current = models.models.find((model) => model.current);
  return (
    <Scroll label={x.models.versions}>
      <table class="held">
        <thead>
          <tr>
            <th scope="col">{x.models.version}</th>
            <th scope="col">{x.models.trained}</th>
            <th scope="col" class="num">
              {x.models.events}
            </th>
            <th scope="col" class="num">
              {x.models.validation}
            </th>
            <th scope="col">{x.models.liveCheck}</th>
            <th scope="col" class="end">
              {x.models.state}
            </th>
          </tr>
        </thead>
        <tbody>
          {models.models.map((model) => (
            <Row
              key={model.version}
              model={model}
              sameData={model.dataset === current?.dataset}
              onUse={() => onUse(model.version)}
            />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Meanings() {
  const x = useLaterTexts();
  return (
    <ul class="meanings">
      {[x.models.eventsText, x.models.validationText, x.models.liveCheckText].map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

function Swapped({ swap }: { swap: Swap | null }) {
  const t = useTexts();
  const format = useFormat();
  if (swap === null) return null;
  return (
    <p class="notes swapped">
      {format.clock(swap.at.getTime() / 1000)} · {t.overview.swapped(swap.from, swap.to)}
    </p>
  );
}

function Swaps({ swaps }: { swaps: NonNullable<Models["swaps"]> }) {
  const t = useTexts();
  const x = useLaterTexts();
  const said = useSaid();
  const format = useFormat();
  const four = (value: number) => format.fixed(value, 4);
  if (swaps.length === 0) return null;
  return (
    <Panel title={x.models.swaps}>
      <ul class="meanings swaps">
        {swaps.map(({ time, from, to, compared, refused, refused_code, failed, failed_code, times = 1 }) => (
          <li key={`${time} ${to}`}>
            {format.time(time)} ·{" "}
            {failed != null
              ? x.models.swapFailed(from, to, said.sentence(failed, failed_code ?? undefined))
              : refused === null
                ? t.overview.swapped(from, to)
                : x.models.swapRefused(from, to, said.sentence(refused, refused_code ?? undefined))}
            {times > 1 && <> ({x.models.times(format.whole(times))})</>}
            {compared != null && refused === null && (
              <> ({x.models.compared(four(compared.to), four(compared.from), format.whole(compared.users))})</>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function ModelsPage() {
  const t = useTexts();
  const x = useLaterTexts();
  const models = useLoad(api.models, [], kEvery);
  const swap = useSwap(models.data?.current);
  const { busy, act } = useAct();
  const [asked, setAsked] = useState<Asked>(null);
  const failed = (why: string) =>
    asked?.what === "use"
      ? x.models.notUsed(asked.version, why)
      : x.models.notRolledBack(models.data?.current ?? "", why);
  const doIt = () =>
    act(async () => {
      if (asked === null) return;
      await (asked.what === "use" ? api.useModel(asked.version) : api.rollback());
    }, failed).then(() => {
      // Also after a refusal, which is listed among the changes.
      models.reload();
      setAsked(null);
    });
  const many = (models.data?.models.length ?? 0) > 1;
  return (
    <>
      <PageHead
        title={t.nav.places.models}
        lead={x.models.lead}
        aside={
          <button type="button" class="button" disabled={!many || busy} onClick={() => setAsked({ what: "rollback" })}>
            {x.models.rollback}
          </button>
        }
      />
      <Swapped swap={swap} />
      <Panel title={x.models.versions}>
        <Show loaded={models}>
          {(data) =>
            data.models.length === 0 ? (
              <Empty title={x.models.none}>{x.models.noneText}</Empty>
            ) : (
              <>
                <Versions models={data} onUse={(version) => setAsked({ what: "use", version })} />
                <Meanings />
              </>
            )
          }
        </Show>
      </Panel>
      <Swaps swaps={models.data?.swaps ?? []} />
      {asked !== null && (
        <Confirm
          title={asked.what === "use" ? x.models.useTitle : x.models.rollbackTitle}
          text={
            asked.what === "use" ? x.models.useText(asked.version) : x.models.rollbackText(models.data?.current ?? "")
          }
          yes={asked.what === "use" ? x.models.use : x.models.rollback}
          busy={busy}
          onYes={() => void doIt()}
          onNo={() => setAsked(null)}
        />
      )}
    </>
  );
}
