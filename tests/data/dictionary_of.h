// Ids as a reader gives them: codes of a dictionary, in order of first appearance.
#pragma once

#include <arrow/api.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace haina {

inline std::shared_ptr<arrow::Array> dictionary_of(const std::vector<std::string>& values) {
  arrow::LargeStringBuilder names;
  arrow::Int32Builder codes;
  std::vector<std::string> known;
  bool sound = true;
  for (const std::string& value : values) {
    const auto found = std::find(known.begin(), known.end(), value);
    sound = sound && codes.Append(static_cast<int32_t>(found - known.begin())).ok();
    if (found == known.end()) {
      known.push_back(value);
      sound = sound && names.Append(value).ok();
    }
  }
  return sound ? *arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int32(), arrow::large_utf8()),
                                                     *codes.Finish(), *names.Finish())
               : nullptr;
}

inline std::shared_ptr<arrow::DataType> dictionary_type() {
  return arrow::dictionary(arrow::int32(), arrow::large_utf8());
}

}  // namespace haina
