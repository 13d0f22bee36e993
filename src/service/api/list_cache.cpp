#include "service/api/list_cache.h"

#include <iterator>
#include <utility>

namespace haina {

void ListCache::drop(Shard& shard, std::list<Entry>::iterator entry) {
  shard.bytes -= entry->bytes();
  shard.entry_of_key.erase(entry->key);
  shard.entries.erase(entry);
}

std::optional<std::string> ListCache::find(const std::string& key, uint64_t version) {
  Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.entry_of_key.find(key);
  if (found == shard.entry_of_key.end()) {
    return std::nullopt;
  }
  if (found->second->version != version) {
    drop(shard, found->second);
    return std::nullopt;
  }
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->answer;
}

void ListCache::put(const std::string& key, uint64_t version, const std::string& answer) {
  Entry entry = {key, version, answer};
  if (entry.bytes() > most_bytes_) {
    return;
  }
  Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  if (const auto found = shard.entry_of_key.find(key); found != shard.entry_of_key.end()) {
    drop(shard, found->second);
  }
  shard.bytes += entry.bytes();
  shard.entries.push_front(std::move(entry));
  shard.entry_of_key[key] = shard.entries.begin();
  while (shard.bytes > most_bytes_) {
    drop(shard, std::prev(shard.entries.end()));
  }
}

}  // namespace haina
