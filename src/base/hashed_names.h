// Names that are recognized without being kept: salted SHA-256, each with a time. Whoever has the salt can test a
// guess, so short and numbered names are hidden from a glance, not from an attack.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace haina {

class HashedNames {
 public:
  // "SALT:HASH". The salt must hold no colon.
  static std::string key_of(std::string_view salt, std::string_view name);
  // Of names in several sets with salts of their own. A key that is there keeps the later time.
  void add(const std::string& key, int64_t time_us);
  void add(const HashedNames& more);
  // The latest time of the name under any of the salts; nothing where it is not there. One hash for each salt.
  std::optional<int64_t> time_of(std::string_view name) const;
  bool contains(std::string_view name) const { return time_of(name).has_value(); }
  bool empty() const { return times_.empty(); }
  const std::unordered_map<std::string, int64_t>& times() const { return times_; }  // µs since 1970, by key
  // {"SALT:HASH": time in µs}; what has another form is skipped.
  nlohmann::json to_json() const;
  static HashedNames of_json(const nlohmann::json& json);

 private:
  std::unordered_map<std::string, int64_t> times_;
  std::set<std::string> salts_;
};

// Those of `names` that `known` lacks, or has with an earlier time.
HashedNames later_than(const HashedNames& known, const HashedNames& names);
// Whether there are none.
inline bool covers(const HashedNames& known, const HashedNames& names) { return later_than(known, names).empty(); }

}  // namespace haina
