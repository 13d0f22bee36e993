// Where Haina's files of a project still hold a user.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"

namespace haina {

struct Trace {
  std::string place;  // "datasets/20261125T064500/prepared: id of a user"
  std::string why;
  std::string hint;
};
// Looks at every file below prepared/, datasets/, models/, rejects/ and of a training that was broken off: as the id of
// a user in datasets, as a word in all other files. What a restore laid aside is a trace as a whole. Versions that were
// trained with somebody who is forgotten now are traces as long as they are there: what they learned cannot be taken
// out.
Result<std::vector<Trace>> find_user(const Config& config, const std::string& user);
// Whether the file holds the text as a word of its own: no letter, digit, or byte of a letter stands beside it; with
// within_words, anywhere. Reads the file in pieces. False for a file that cannot be read.
bool holds_text(const std::filesystem::path& file, const std::string& text, bool within_words = false);

}  // namespace haina
