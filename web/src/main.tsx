import { render } from "preact";
import { App } from "./app";
import { startRoute } from "./route";
import { startSettings } from "./settings";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/panels.css";
import "./styles/controls.css";
import "./styles/tables.css";
import "./styles/charts.css";
import "./styles/states.css";
import "./styles/lists.css";
import "./styles/maps.css";

startSettings();
startRoute();
render(<App />, document.getElementById("app")!);
