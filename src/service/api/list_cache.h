// A cache of answers. An entry is valid as long as the state that it was made from has the same version; the caller
// puts the time into the key where answers change with it. Least recently used entries are evicted first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace haina {

class ListCache {
 public:
  // most_bytes: of keys and answers together; 0 turns the cache off.
  explicit ListCache(size_t most_bytes) : most_bytes_(most_bytes / kShards) {}
  // nullopt where there is no answer of this version. Any thread.
  std::optional<std::string> find(const std::string& key, uint64_t version);
  void put(const std::string& key, uint64_t version, const std::string& answer);

 private:
  static constexpr size_t kShards = 16;
  struct Entry {
    std::string key;
    uint64_t version;
    std::string answer;
    size_t bytes() const { return key.size() * 2 + answer.size() + 128; }  // 128: nodes of list and map
  };
  struct Shard {
    std::mutex mutex;
    std::list<Entry> entries;  // guarded by mutex; most recently used first
    std::unordered_map<std::string, std::list<Entry>::iterator> entry_of_key;  // guarded by mutex
    size_t bytes = 0;                                                          // guarded by mutex
  };
  Shard& shard_of(const std::string& key) { return shards_[std::hash<std::string>()(key) % kShards]; }
  static void drop(Shard& shard, std::list<Entry>::iterator entry);

  size_t most_bytes_;  // per shard
  std::array<Shard, kShards> shards_;
};

}  // namespace haina
