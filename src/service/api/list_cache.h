// Answers that stay right as long as what they were made from stays the same: found again by the version of the user's
// state, never by time.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace haina {

class ListCache {
 public:
  // `most_bytes` of keys and answers in all; what was asked for longest ago goes first. 0: nothing is kept.
  explicit ListCache(size_t most_bytes) : most_bytes_(most_bytes / kShards) {}
  // Nothing where there is none, or it was made from another version. Any thread.
  std::optional<std::string> find(const std::string& key, uint64_t version);
  void put(const std::string& key, uint64_t version, const std::string& answer);

 private:
  static constexpr size_t kShards = 16;
  struct Entry {
    std::string key;
    uint64_t version;
    std::string answer;
    size_t bytes() const { return key.size() * 2 + answer.size() + 128; }  // with what a node of list and map takes
  };
  struct Shard {
    std::mutex mutex;
    std::list<Entry> entries;  // guarded by mutex; asked for last first
    std::unordered_map<std::string, std::list<Entry>::iterator> of_key;
    size_t bytes = 0;
  };
  Shard& shard_of(const std::string& key) { return shards_[std::hash<std::string>()(key) % kShards]; }
  static void drop(Shard& shard, std::list<Entry>::iterator entry);

  size_t most_bytes_;  // a shard
  std::array<Shard, kShards> shards_;
};

}  // namespace haina
