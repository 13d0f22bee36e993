// A map whose copies share their entries: copying takes the time of a few hundred pointers, and a change that of one
// part, however many entries there are. For snapshots that readers keep while a writer makes the next one.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace haina {

// A map that has been copied must not be changed any more; its copies may be.
template <class K, class V>
class SharedMap {
 public:
  SharedMap() = default;
  SharedMap(const SharedMap& other) : parts_(other.parts_) {}
  SharedMap& operator=(const SharedMap& other) {
    parts_ = other.parts_;
    own_.reset();
    return *this;
  }
  SharedMap(SharedMap&&) noexcept = default;
  SharedMap& operator=(SharedMap&&) noexcept = default;
  ~SharedMap() = default;

  // nullptr where there is none; valid until the map is changed or destroyed.
  const V* find(const K& key) const {
    const std::shared_ptr<Part>& part = parts_[part_of(key)];
    if (part == nullptr) {
      return nullptr;
    }
    const auto found = part->find(key);
    return found == part->end() ? nullptr : &found->second;
  }
  void set(const K& key, V value) {
    const size_t number = part_of(key);
    std::shared_ptr<Part>& part = parts_[number];
    if (!own_[number]) {
      part = part == nullptr ? std::make_shared<Part>() : std::make_shared<Part>(*part);
      own_.set(number);
    }
    part->insert_or_assign(key, std::move(value));
  }

 private:
  using Part = std::unordered_map<K, V>;
  static constexpr size_t kParts = 512;
  static size_t part_of(const K& key) { return std::hash<K>()(key) % kParts; }
  std::array<std::shared_ptr<Part>, kParts> parts_ = {};
  std::bitset<kParts> own_;  // parts that no other map has
};

}  // namespace haina
