#include "base/hashed_names.h"

#include <algorithm>

#include "base/sha256.h"

namespace haina {

std::string HashedNames::key_of(std::string_view salt, std::string_view name) {
  Sha256 hash;
  hash.add(salt.data(), salt.size());
  hash.add(name.data(), name.size());
  return std::string(salt) + ":" + hash.hex();
}

void HashedNames::add(const std::string& key, int64_t time_us) {
  const auto [found, is_new] = times_.try_emplace(key, time_us);
  found->second = std::max(found->second, time_us);
  if (is_new) {
    salts_.insert(key.substr(0, key.find(':')));
  }
}

void HashedNames::add(const HashedNames& more) {
  for (const auto& [key, time_us] : more.times_) {
    add(key, time_us);
  }
}

std::optional<int64_t> HashedNames::time_of(std::string_view name) const {
  std::optional<int64_t> latest;
  for (const std::string& salt : salts_) {
    if (const auto found = times_.find(key_of(salt, name)); found != times_.end()) {
      latest = std::max(latest.value_or(found->second), found->second);
    }
  }
  return latest;
}

nlohmann::json HashedNames::to_json() const {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, time_us] : times_) {
    json[key] = time_us;
  }
  return json;
}

HashedNames HashedNames::of_json(const nlohmann::json& json) {
  HashedNames names;
  if (!json.is_object()) {
    return names;
  }
  for (const auto& [key, time_us] : json.items()) {
    if (time_us.is_number_integer()) {
      names.add(key, time_us);
    }
  }
  return names;
}

HashedNames later_than(const HashedNames& known, const HashedNames& names) {
  HashedNames later;
  for (const auto& [key, time_us] : names.times()) {
    const auto found = known.times().find(key);
    if (found == known.times().end() || found->second < time_us) {
      later.add(key, time_us);
    }
  }
  return later;
}

}  // namespace haina
