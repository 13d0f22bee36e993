// Rows of users and items as distinct types, so that passing an item where a user is expected does not compile.
#pragma once

#include <cstdint>

namespace haina {

enum class UserId : int32_t {};
enum class ItemId : int32_t {};

constexpr int32_t row_of(UserId id) { return static_cast<int32_t>(id); }
constexpr int32_t row_of(ItemId id) { return static_cast<int32_t>(id); }

}  // namespace haina
