import { Fragment, type ComponentChildren } from "preact";

// Long names of models and fields, "cooccurrence_symmetric", break between their words.
export function breakable(name: string): ComponentChildren {
  return name.split(/(?<=[._])/).map((part, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
