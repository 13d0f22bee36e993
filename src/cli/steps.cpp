#include <cerrno>
#include <cstdio>

#include "base/files.h"
#include "cli/command.h"
#include "pipeline/prepare.h"
#include "pipeline/train.h"

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

Result<Trained> trained(const std::string& config_path, Terminal& terminal) {
  Trained result;
  HAINA_TRY(result.config, load_config(config_path));
  HAINA_TRY(result.dataset, prepared(result.config, terminal));
  Result<std::filesystem::path> folder = newest_model(result.config.models_folder());
  if (folder) {
    Result<Model> model = load_model(*folder, result.dataset, result.config);
    if (model) {
      result.model = std::move(*model);
      result.folder = *folder;
      return result;
    }
    terminal.progress->line("the newest model does not fit (" + model.error().what + "): training again");
  }
  HAINA_TRY(result.folder,
            run_train(result.dataset, result.config, {.stop = &terminal.stop, .progress = terminal.progress}));
  HAINA_TRY(result.model, load_model(result.folder, result.dataset, result.config));
  return result;
}

}  // namespace haina
