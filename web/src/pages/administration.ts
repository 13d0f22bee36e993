// The pages that nobody opens first: one file, loaded after the first page is there.
export { ExperimentsPage } from "./experiments";
export { KeysPage } from "./keys";
export { ModelsPage } from "./models";
export { QualityPage } from "./quality";
export { RulesPage } from "./rules";
export { TrainingPage } from "./training";
