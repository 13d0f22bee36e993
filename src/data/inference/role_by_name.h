// The role that a column's path names, for files that must be cut into sources before they are inferred.
#pragma once

#include <string>
#include <string_view>

namespace haina {

// "id" of "user.id".
std::string_view last_name(std::string_view path);

// "user", "item", "time", "action" or "value", by the whole path ("user.id") or by its last part; empty: none of them.
std::string role_by_name(const std::string& path);

}  // namespace haina
