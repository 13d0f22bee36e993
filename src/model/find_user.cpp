#include "model/find_user.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "data/dataset.h"
#include "model/forget_in_project.h"
#include "model/version_pointer.h"
#include "model/versions.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kPiece = 1 << 20;  // bytes
constexpr std::string_view kSetAside = "before-restore-";

bool is_part_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0; }

// A dataset: by its columns. Numbers stand in tensors as bytes, where any short id is found by chance.
void look_at_dataset(const fs::path& folder, const std::string& name, const std::string& user,
                     std::vector<Trace>& traces) {
  const Result<Dataset> dataset = load_dataset(folder);
  const std::string hint = "haina forget " + user;
  if (!dataset) {
    traces.push_back({name, "it cannot be read: " + dataset.error().what, "delete it, or prepare and train again"});
    return;
  }
  if (dataset->users.find(user)) {
    traces.push_back({name + ": id of a user", "it was made before the user was forgotten", hint});
  }
  if (dataset->items.find(user)) {
    traces.push_back({name + ": id of an item", "an item has the same id", "nothing, if it is not about the user"});
  }
  for (const Field& field : dataset->fields) {
    const bool named = field.values.find(user).has_value() || std::ranges::find(field.texts, user) != field.texts.end();
    if (named) {
      traces.push_back({fmt::format("{}: a value of {}", name, field.full_name()), "the text is a value of others",
                        "if it is the user, take it out of the exports and prepare again"});
    }
  }
  for (const ContextColumn& context : dataset->context) {
    if (context.values.find(user)) {
      traces.push_back({fmt::format("{}: a value of {}", name, context.name), "the text is a value of others",
                        "if it is the user, take it out of the exports and prepare again"});
    }
  }
  if (holds_text(folder / "manifest.json", user)) {
    traces.push_back({name + "/manifest.json", "the report of the preparation names it", hint});
  }
}

// All files below the folder but those of datasets and tensors.
void look_at_files(const fs::path& folder, const fs::path& root, const std::string& user, std::vector<Trace>& traces) {
  std::error_code code;
  for (auto entry = fs::recursive_directory_iterator(folder, code); entry != fs::recursive_directory_iterator();
       entry.increment(code)) {
    if (code) {
      break;
    }
    const fs::path& path = entry->path();
    if (entry->is_directory() && path.filename() == "prepared") {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && path.extension() != ".safetensors" && holds_text(path, user)) {
      const bool rejected = path.string().find("rejects") != std::string::npos;
      traces.push_back(
          {path.lexically_relative(root).string(), "the text is in the file",
           rejected ? "take the user out of the exports; haina prepare writes the file anew" : "haina forget " + user});
    }
  }
}

}  // namespace

bool holds_text(const fs::path& file, const std::string& text, bool within_words) {
  std::ifstream stream(file, std::ios::binary);
  std::string window = " ";  // what comes before the file is no part of a word
  std::string piece(kPiece, '\0');
  const size_t kept = text.size() + 2;
  while (stream && !text.empty()) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto count = static_cast<size_t>(stream.gcount());
    window.append(piece, 0, count);
    if (!stream) {
      window += ' ';
    }
    for (size_t at = window.find(text, 1); at != std::string::npos && at + text.size() < window.size();
         at = window.find(text, at + 1)) {
      if (within_words || (!is_part_of_word(window[at - 1]) && !is_part_of_word(window[at + text.size()]))) {
        return true;
      }
    }
    window.erase(0, window.size() > kept ? window.size() - kept : 0);
  }
  return false;
}

Result<std::vector<Trace>> find_user(const Config& config, const std::string& user) {
  const fs::path root = config.output_folder();
  std::vector<Trace> traces;
  if (fs::exists(config.prepared_folder() / "manifest.json")) {
    look_at_dataset(config.prepared_folder(), "prepared", user, traces);
  }
  std::error_code ignored;
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(root / "datasets", ignored)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  for (const std::string& name : names) {
    if (const fs::path folder = dataset_folder(config, name); fs::exists(folder / "manifest.json")) {
      look_at_dataset(folder, folder.lexically_relative(root).string(), user, traces);
    }
  }
  for (const char* const folder : {"datasets", "models", "rejects", "checkpoint"}) {
    look_at_files(root / folder, root, user, traces);
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(root, ignored)) {
    if (const std::string name = entry.path().filename().string(); name.starts_with(kSetAside)) {
      traces.push_back({name, "haina restore laid aside what was there before, which may hold the user",
                        "delete the folder when what was restored works"});
    }
  }
  HAINA_TRY(const std::vector<Version> versions, list_versions(config));
  for (const Version& version : versions) {
    if (trained_with(version.about).contains(user)) {
      traces.push_back({fmt::format("models/{}: what the version learned", version.name),
                        "it was trained with the user, whose name and events are not in it any more",
                        "train a version without the user, put it in use, and delete this one"});
    }
  }
  return traces;
}

}  // namespace haina
