import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface PanelProps {
  title: string;
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Panel({ title, aside, class: name = "", children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${name}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <div class="panel-aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

interface TileProps {
  label: string;
  value: string;
  note?: ComponentChildren;
  accent?: boolean;
  // A value of many letters: written smaller.
  long?: boolean;
}

export function Tile({ label, value, note, accent = false, long = false }: TileProps) {
  return (
    <div class={`tile ${accent ? "accent" : ""} ${long ? "long-value" : ""}`}>
      <dt>{label}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        {note !== undefined && <span class="tile-note">{note}</span>}
      </dd>
    </div>
  );
}

export function Tiles({ children, label }: { children: ComponentChildren; label: string }) {
  return (
    <dl class="tiles" aria-label={label}>
      {children}
    </dl>
  );
}

interface PageHeadProps {
  title: string;
  lead?: ComponentChildren;
  back?: { href: string; text: string };
  aside?: ComponentChildren;
}

export function PageHead({ title, lead, back, aside }: PageHeadProps) {
  return (
    <div class="page-head">
      <div>
        {back !== undefined && (
          <a class="back" href={back.href}>
            ← {back.text}
          </a>
        )}
        <h1 tabIndex={-1}>{title}</h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </div>
      {aside !== undefined && <div class="row">{aside}</div>}
    </div>
  );
}
