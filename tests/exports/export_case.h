// One small export with a known truth, through init and prepare as a user runs them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "config/config.h"
#include "data/dataset.h"
#include "pipeline/init.h"
#include "pipeline/prepare.h"

namespace haina {

// The folder of the handed cases; it does not exist where the data are absent.
inline std::filesystem::path cases_folder() {
  const char* data = std::getenv("HAINA_DATA");
  return std::filesystem::path(data != nullptr ? data : HAINA_SOURCE_DIR "/../shared/data").parent_path() / "cases";
}

// Runs a handed case in the body of a test. Skips the test, not only a function that it calls, where the cases are
// absent.
#define RUN_HANDED(name)                                                                                  \
  do {                                                                                                    \
    if (!std::filesystem::exists(cases_folder())) {                                                       \
      GTEST_SKIP() << "NOT CHECKED: no " << cases_folder() << "; set HAINA_DATA to the folder beside it"; \
    }                                                                                                     \
    ASSERT_NO_FATAL_FAILURE(run_handed(name));                                                            \
  } while (false)

class ExportCase : public testing::Test {
 protected:
  void SetUp() override {
    out_ = std::filesystem::temp_directory_path() / ("haina_exports_" + std::to_string(::getpid()) + "_" +
                                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(out_);
    std::filesystem::create_directories(out_);
  }
  void TearDown() override { std::filesystem::remove_all(out_); }

  // "exports/01-sep-line"; tests call it through RUN_HANDED.
  void run_handed(const std::string& name) {
    ASSERT_TRUE(std::filesystem::exists(cases_folder() / name)) << name;
    run(cases_folder() / name);
  }
  // A file of an export made by the test itself; run(made_folder()) reads them.
  void put(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((made_folder() / name).parent_path());
    ASSERT_TRUE(write_text(made_folder() / name, bytes));
  }
  std::filesystem::path made_folder() const { return out_ / "made"; }

  // haina init FOLDER -c haina.toml && haina prepare.
  void run(const std::filesystem::path& folder) {
    auto init = run_init(folder, out_ / "haina.toml", Overwrite::kYes);
    if (!init) {
      error_ = init.error();
      return;
    }
    init_ = *init;
    const auto config = load_config(out_);
    ASSERT_TRUE(config) << to_text(config.error()) << "\n" << init_.toml;
    auto data = run_prepare(*config, {});
    if (!data) {
      error_ = data.error();
      return;
    }
    data_ = std::move(*data);
  }

  // Whether one of the doubts holds the words.
  bool doubt_mentions(const std::string& words) const {
    return std::ranges::any_of(init_.doubts,
                               [&](const std::string& doubt) { return doubt.find(words) != std::string::npos; });
  }
  int64_t users() const { return data_ ? data_->users.size() : -1; }
  int64_t items() const { return data_ ? data_->items.size() : -1; }
  int64_t events() const { return data_ ? data_->events.size() : -1; }
  const Field* field(const std::string& name) const {
    if (!data_) {
      return nullptr;
    }
    const auto found = std::ranges::find_if(data_->fields, [&](const Field& field) { return field.name == name; });
    return found == data_->fields.end() ? nullptr : &*found;
  }
  // Everything that a failed expectation should show: the file that init wrote, and the error.
  std::string shown() const {
    std::string text = init_.toml;
    for (const std::string& doubt : init_.doubts) {
      text += "\ndoubt: " + doubt;
    }
    return text + (error_ ? "\nerror: " + to_text(*error_) : "");
  }

  std::filesystem::path out_;
  InitReport init_;
  std::optional<Error> error_;
  std::optional<Dataset> data_;
};

}  // namespace haina
