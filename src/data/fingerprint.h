// What a dataset holds, as one short text.
#pragma once

#include <string>

#include "data/dataset.h"

namespace haina {

// Hexadecimal SHA-256 of everything that a model's rows and columns refer to: ids in their order, events, contexts,
// fields, titles. Not of the quality report, nor of where the data came from. A saved dataset has it again when loaded.
std::string fingerprint_of(const Dataset& dataset);
// Its first digits, for messages.
inline std::string short_fingerprint(const std::string& fingerprint) { return fingerprint.substr(0, 12); }

}  // namespace haina
