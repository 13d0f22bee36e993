#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"
#include "cli/command.h"
#include "model/versions.h"
#include "pipeline/changed_files.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"

namespace haina {

Status print(const std::string& text) {
  errno = 0;
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return fail(io_error("stdout", "cannot write"));
  }
  return ok();
}

Result<Dataset> prepared(const Config& config, Terminal& terminal) {
  return run_prepare(config, {.stop = &terminal.stop, .progress = terminal.progress});
}

void tell_what_lacks(const nlohmann::json& about, Terminal& terminal) {
  if (about.contains("unvalidated")) {
    const nlohmann::json& said = about.at("unvalidated");
    terminal.progress->line(said.value("text", "") + "\n  hint: " + said.value("hint", ""));
  }
}

void use_threads(const Config& config) {
  if (config.train.threads > 0) {
    at::set_num_threads(config.train.threads);
  }
}

namespace {

// A line where the version is of other data than the project has now. Versions trained from a store are of more than
// the project's files in any case.
void tell_what_changed(const Trained& trained, const std::string& version, Terminal& terminal) {
  if (!trained.model.about.contains("store") && files_have_changed(trained.config, trained.dataset)) {
    terminal.progress->line(
        "haina.toml or the files have changed since version " + version +
        " was trained, which this is about\n  hint: haina train makes a version of them as they are");
  }
}

}  // namespace

Result<Trained> trained(const std::string& config_path, Terminal& terminal) {
  Trained result;
  HAINA_TRY(result.config, load_config(config_path));
  const Result<std::string> version = current_version(result.config);
  if (!version && version.error().code != ErrorCode::kNotFound) {
    return fail(version.error());  // a damaged current.json is no reason to train
  }
  if (version) {
    Result<Loaded> loaded = load_version(result.config, *version);
    if (loaded) {
      result.dataset = std::move(loaded->dataset);
      result.model = std::move(loaded->model);
      result.folder = result.config.models_folder() / *version;
      tell_what_changed(result, *version, terminal);
      return result;
    }
    terminal.progress->line("the model in use cannot be read (" + loaded.error().what + "): training again");
  }
  HAINA_TRY(result.dataset, prepared(result.config, terminal));
  use_threads(result.config);
  HAINA_TRY(result.folder,
            run_train(result.dataset, result.config, {.stop = &terminal.stop, .progress = terminal.progress}));
  HAINA_TRY(result.model, load_model(result.folder, result.dataset, result.config));
  result.model.about["version"] = result.folder.filename().string();
  tell_what_lacks(result.model.about, terminal);
  return result;
}

}  // namespace haina
