// Takes bytes as a course of writes to a store, checked against a plain model, or as damage to a store's file. Shared
// by the fuzzer and by the tests that replay its corpus.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "promise.h"
#include "store/store.h"

namespace haina {

// Bytes as small choices; 0 after their end.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  bool any() const { return !bytes_.empty(); }
  uint8_t byte() {
    const uint8_t first = bytes_.empty() ? 0 : static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(bytes_.empty() ? 0 : 1);
    return first;
  }
  int below(int bound) { return byte() % bound; }
  std::string name(const char* kind) { return kind + std::to_string(below(4)); }

 private:
  std::string_view bytes_;
};

inline std::filesystem::path store_file(const char* name) {
  const bool in_memory = std::filesystem::exists("/dev/shm");  // a commit waits for the disk
  const std::filesystem::path folder = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
  return folder / ("haina_fuzz_" + std::to_string(::getpid()) + name + ".db");
}

inline void remove_store(const std::filesystem::path& file) {
  for (const char* const more : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::remove(file.string() + more);
  }
}

// A store, and what it must hold.
struct ModelledStore {
  Store store;
  std::vector<LiveEvent> events = {};
  std::map<std::pair<std::string, std::string>, std::string> entities = {};
  std::map<std::string, bool> hidden = {};
  std::vector<StoreMoment> moments = {};
  int64_t highest = 0;  // number ever given
  int written = 0;      // ids of events that were deleted are not used again

  void append(Choices& choices) {
    std::vector<LiveEvent> batch;
    std::vector<Appended> expected;
    std::vector<LiveEvent> all = events;
    for (int n = 1 + choices.below(4); n > 0; --n) {
      const uint8_t how = choices.byte();
      LiveEvent event = {.user = choices.name("user"), .item = choices.name("item"), .action = choices.name("action")};
      event.id = how % 3 == 0 ? "" : "id" + std::to_string(written) + "-" + std::to_string(how % 16);
      event.value = how % 2 == 0 ? std::nullopt : std::optional(how / 3.0);
      event.time_us = now_us() + std::ssize(all);
      const bool known =
          !event.id.empty() && std::ranges::any_of(all, [&](const LiveEvent& other) { return other.id == event.id; });
      expected.push_back(known ? Appended::kKnown : Appended::kNew);
      if (!known) {
        all.push_back(event);
      }
      batch.push_back(event);
    }
    const auto appended = store.append(batch);
    promise(appended && *appended == expected, "an event is new unless its id is known");
    events = std::move(all);
  }
  template <class Which>
  int64_t erase(const Which& which) {
    ++written;
    return static_cast<int64_t>(std::erase_if(events, which));
  }
  void drop_events(Choices& choices) {
    const std::string user = choices.name("user"), item = choices.name("item");
    const std::string action = choices.below(2) == 0 ? "" : choices.name("action");
    const auto dropped = store.drop_events(user, item, action);
    const int64_t expected = erase([&](const LiveEvent& event) {
      return event.user == user && event.item == item && (action.empty() || event.action == action);
    });
    promise(dropped && *dropped == expected, "exactly the matching events are dropped");
  }
  void forget(Choices& choices) {
    const std::string user = choices.name("user");
    promise(store.forget_user(user).has_value(), "a user can be forgotten");
    erase([&](const LiveEvent& event) { return event.user == user; });
    entities.erase({"user", user});
  }
  void put(Choices& choices) {
    const std::string kind = choices.below(2) == 0 ? "user" : "item", id = choices.name(kind.c_str());
    const std::string document = R"({"cells":{"a":[")" + std::to_string(choices.byte()) + R"("]}})";
    const Entity entity = {.kind = kind, .id = id, .document = document, .time_us = now_us()};
    promise(store.put({&entity, 1}).has_value(), "an entity can be put");
    entities[{kind, id}] = document;
  }
  void hide(Choices& choices) {
    const std::string item = choices.name("item");
    const bool hide = choices.below(2) == 0;
    promise((hide ? store.hide_item(item) : store.show_item(item)).has_value(), "an item can be hidden and shown");
    hidden[item] = hide;
  }
  void snapshot() {
    const auto moment = store.snapshot();
    promise(moment.has_value() && moment->number >= 0, "a snapshot can be taken");
    moments.push_back(*moment);
  }
  void check() {
    std::vector<LiveEvent> back;
    promise(store.replay([&](const LiveEvent& event) { back.push_back(event); }).has_value(), "events can be replayed");
    promise(back.size() == events.size(), "as many events come back as were appended");
    for (size_t i = 0; i < back.size(); ++i) {
      promise(back[i].id == events[i].id && back[i].user == events[i].user && back[i].item == events[i].item &&
                  back[i].action == events[i].action && back[i].value == events[i].value &&
                  back[i].time_us == events[i].time_us,
              "events come back in their order as they were");
    }
    const auto last = store.last_number();
    promise(last.has_value(), "the last number can be read");
    for (const char* const kind : {"user", "item"}) {
      const auto stored = store.entities(kind);
      promise(stored.has_value(), "entities can be read");
      const auto is_kind = [&](const auto& one) { return one.first.first == kind; };
      promise(std::ssize(*stored) == std::ranges::count_if(entities, is_kind), "as many entities as were put");
      for (const Entity& entity : *stored) {
        promise(entities.contains({kind, entity.id}) && entities.at({kind, entity.id}) == entity.document,
                "an entity is as it was put last");
      }
    }
    const auto items = store.hidden_items();
    const auto is_hidden = [](const auto& one) { return one.second; };
    promise(items && std::ssize(*items) == std::ranges::count_if(hidden, is_hidden), "hidden items are hidden");
    for (const StoreMoment& moment : moments) {
      const auto known = store.has_snapshot(moment);
      promise(known && *known, "a store remembers its snapshots");
    }
  }
};

// A course of writes with reopenings.
inline void write_any(Choices choices) {
  const std::filesystem::path file = store_file("course");
  remove_store(file);
  const std::string url = "sqlite://" + file.string();
  const auto open = [&] {
    auto store = Store::open(url);
    promise(store.has_value(), "a store can be opened");
    return std::move(*store);
  };
  ModelledStore model = {.store = open()};
  for (int step = 0; choices.any() && step < 60; ++step) {
    switch (choices.below(8)) {
      case 0:
      case 1:
        model.append(choices);
        break;
      case 2:
        model.drop_events(choices);
        break;
      case 3:
        model.forget(choices);
        break;
      case 4:
        model.put(choices);
        break;
      case 5:
        model.hide(choices);
        break;
      case 6:
        model.snapshot();
        break;
      default:
        model.store = open();
        model.check();
    }
  }
  model.check();
  remove_store(file);
}

// The bytes of a store with some rows.
inline const std::string& whole_store() {
  static const std::string bytes = [] {
    const std::filesystem::path file = store_file("whole");
    remove_store(file);
    {
      const std::string course = "\1\3abcdefgh\4\1\1\7\5\2\1\6\1\3ijklmnop\3\1\1\3qrstuvwx";
      auto store = Store::open("sqlite://" + file.string());
      promise(store.has_value(), "a store can be opened");
      ModelledStore model = {.store = std::move(*store)};
      Choices choices(course);
      for (int n = 0; n < 8; ++n) {
        model.append(choices);
        model.put(choices);
      }
      promise(model.store.forget_user("nobody").has_value(), "the log is written into the file");
    }
    std::ifstream stream(file, std::ios::binary);
    std::stringstream read;
    read << stream.rdbuf();
    remove_store(file);
    return read.str();
  }();
  return bytes;
}

template <class Value>
void promise_error_of(const Result<Value>& result) {
  if (!result) {
    promise_error(result.error());
  }
}

// Damages a store's file and reads what there is: data or an error, never an end of the program.
inline void damage_any(Choices choices) {
  const std::filesystem::path file = store_file("damaged");
  remove_store(file);
  std::string bytes = whole_store();
  while (choices.any()) {
    const size_t place = (size_t{choices.byte()} << 16U | size_t{choices.byte()} << 8U | choices.byte()) % bytes.size();
    bytes[place] = static_cast<char>(choices.byte());
  }
  std::ofstream(file, std::ios::binary) << bytes;
  auto store = Store::open("sqlite://" + file.string());
  promise_error_of(store);
  if (store) {
    const Status replayed = store->replay([](const LiveEvent&) {});
    promise_error_of(replayed);
    for (const char* const kind : {"user", "item", "rule"}) {
      promise_error_of(store->entities(kind));
    }
    promise_error_of(store->keys());
    promise_error_of(store->hidden_items());
    promise_error_of(store->forgotten_users());
    promise_error_of(store->impressions(10));
    promise_error_of(store->feedback(10));
    promise_error_of(store->snapshot());
    promise_error_of(store->append({}));
  }
  remove_store(file);
}

inline void store_any(std::string_view bytes) {
  Choices choices(bytes);
  if (choices.byte() % 4 == 0) {
    damage_any(choices);
  } else {
    write_any(choices);
  }
}

}  // namespace haina
