#include "data/inference/role_by_name.h"

#include <array>
#include <utility>

#include "data/inference/name_hints.h"

namespace haina {
namespace {

constexpr int kLastWord = 3;  // strength of a hint by the last word of a name, see name_hints.h

// "user.id" as "user_id": a plain id is that of the object around it.
std::string spoken(const std::string& path) {
  const std::string last(last_name(path));
  if (last.size() == path.size() || (last != "id" && last != "_id" && last != "key" && last != "uid")) {
    return last;
  }
  const std::string around = path.substr(0, path.size() - last.size() - 1);
  return std::string(last_name(around)) + "_id";
}

}  // namespace

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('.') + 1); }

std::string role_by_name(const std::string& path) {
  static constexpr std::array<std::pair<Meaning, const char*>, 5> kRoles = {{{Meaning::kUser, "user"},
                                                                             {Meaning::kItem, "item"},
                                                                             {Meaning::kTime, "time"},
                                                                             {Meaning::kAction, "action"},
                                                                             {Meaning::kRating, "value"}}};
  const NameHints hints(spoken(path));
  for (const auto& [meaning, role] : kRoles) {
    if (hints.of(meaning) >= kLastWord && hints.mainly(meaning)) {
      return role;
    }
  }
  return "";
}

}  // namespace haina
