import { render } from "preact";
import { App } from "./app";
import { startRoute } from "./route";
import { startSettings } from "./settings";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/pages.css";

startSettings();
startRoute();
render(<App />, document.getElementById("app")!);
