import { Component, type ComponentChildren } from "preact";
import { Problem } from "../api/problem";
import { language } from "../settings";
import { packOf } from "../i18n";
import { Failure } from "./states";

interface GuardState {
  error: Error | null;
}

// An answer of an unknown shape breaks the page that shows it, not the console.
export class Guard extends Component<{ children: ComponentChildren }, GuardState> {
  override state: GuardState = { error: null };

  static override getDerivedStateFromError(error: Error): GuardState {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    const t = packOf(language.get()).texts;
    const problem = new Problem(0, "", t.state.broken, t.state.brokenMend, error.message);
    return <Failure problem={problem} retry={() => this.setState({ error: null })} />;
  }
}
