// Where values stand inside JSON records and documents: "user.id" is the member "id" of the member "user".
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace haina {

// The value of a path; several where the path leads through lists of objects ("items.id"), and `in_list` is then true.
struct JsonFound {
  std::vector<const nlohmann::json*> values;
  bool in_list = false;
};
// A member whose own name holds dots goes first. Lists of {"name": …, "value": …} pairs are members by name:
// "fields.price". Nothing found: `values` is empty.
JsonFound find_json(const nlohmann::json& record, std::string_view path);

// Calls with the path and value of every leaf of a value: scalars, lists of scalars, and the members of lists of
// objects (one call an element, `in_list` true). Paths begin with `name`, unless it is empty.
void for_each_leaf(const std::string& name, const nlohmann::json& value,
                   const std::function<void(const std::string& path, const nlohmann::json& value, bool in_list)>& call);

// A list of objects inside a document.
struct RecordList {
  std::string path;   // "data.items"
  size_t begin = 0;   // of its '[' in the text
  size_t length = 0;  // bytes; to the end of the text if that cuts it off
};
// The lists of objects in the members of a document that is an object, at most three levels deep, in order. `text` may
// be cut off.
std::vector<RecordList> find_record_lists(std::string_view text);

}  // namespace haina
