// From where a version's engine learns a store's events: random lives of a store against a plain model of them.
#include "engine/replay_start.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/seed.h"
#include "store/moment_json.h"
#include "store/store.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

// What a training has read: the events by their ids, and what the version records.
struct Trained {
  std::map<std::string, std::string> events;  // -> their users
  HashedNames forgotten;                      // whom the dataset is known to hold nothing of
  nlohmann::json about;
  int store = 0;  // which of the fresh stores it was trained from
};

// One store that lives: events come, users are forgotten, versions are trained, backups are made and restored, the
// service is started again, and moves to a fresh store.
class Life {
 public:
  Life(const fs::path& folder, int64_t seed) : folder_(folder), random_(seed, "life") { open(); }

  void step() {
    switch (random_.below(11)) {
      case 0:
        forget();
        break;
      case 1:
      case 2:
        train();
        break;
      case 3:
        back_up();
        break;
      case 4:
        restore();
        break;
      case 5:
        open();  // a restart
        break;
      case 6:
        if (random_.below(4) == 0) {
          move();
        }
        break;
      default:
        append();
    }
  }

  // For every version: each event of the store is trained on or learned at the start, as load_engine does it, and no
  // event is both. Of a user who was forgotten since, or came back with a restored backup, nothing trained counts.
  void check() {
    std::vector<LiveEvent> stored;
    ASSERT_TRUE(store_->replay([&](const LiveEvent& event) { stored.push_back(event); }));
    for (const Trained& version : versions_) {
      const auto start = replay_start(version.about, *store_, version.forgotten);
      ASSERT_TRUE(start) << to_text(start.error());
      EXPECT_TRUE(version.store == stores_ || !start->why_all.empty()) << "another store, in silence";
      const std::set<std::string> after = read(start->number);
      std::set<std::string> apart(start->came_back.begin(), start->came_back.end());
      const HashedNames since = later_than(version.forgotten, *store_->forgotten_users());
      for (const auto& [id, user] : version.events) {
        if (since.contains(user)) {
          apart.insert(user);
        }
      }
      for (const LiveEvent& event : stored) {
        const bool is_learned = apart.contains(event.user) || after.contains(event.id);
        const bool is_trained = !apart.contains(event.user) && version.events.contains(event.id);
        EXPECT_TRUE(is_learned || is_trained) << event.id << " is lost";
        EXPECT_FALSE(is_learned && is_trained) << event.id << " counts twice";
      }
    }
  }

 private:
  fs::path file() const { return folder_ / ("store" + std::to_string(stores_) + ".db"); }
  void open() {
    store_.reset();
    auto store = Store::open("sqlite://" + file().string());
    ASSERT_TRUE(store) << to_text(store.error());
    store_.emplace(std::move(*store));
  }
  std::set<std::string> read(int64_t after) {
    std::set<std::string> ids;
    EXPECT_TRUE(store_->replay([&](const LiveEvent& event) { ids.insert(event.id); }, after));
    return ids;
  }
  void append() {
    std::vector<LiveEvent> events;
    for (int64_t i = random_.below(4); i >= 0; --i) {
      events.push_back({.id = "e" + std::to_string(given_++),
                        .user = "u" + std::to_string(random_.below(3)),
                        .item = "i",
                        .time_us = now_us()});
    }
    ASSERT_TRUE(store_->append(events));
  }
  void forget() {
    ASSERT_TRUE(store_->forget_user("u" + std::to_string(random_.below(3))));
    if (random_.below(2) == 0) {  // else a restore may come before a service has freed the datasets of the user
      const HashedNames forgotten = *store_->forgotten_users();
      project_.add(forgotten);
      for (Trained& version : versions_) {
        const HashedNames since = later_than(version.forgotten, forgotten);
        std::erase_if(version.events, [&](const auto& event) { return since.contains(event.second); });
        version.forgotten.add(forgotten);
      }
    }
  }
  void train() {
    const auto moment = store_->snapshot();
    ASSERT_TRUE(moment) << to_text(moment.error());
    project_.add(*store_->forgotten_users());
    Trained version = {
        .events = {}, .forgotten = project_, .about = {{"store", moment_json(*moment)}}, .store = stores_};
    ASSERT_TRUE(store_->replay([&](const LiveEvent& event) { version.events.emplace(event.id, event.user); }, 0,
                               moment->number));
    versions_.push_back(std::move(version));
  }
  void back_up() {
    fs::remove(folder_ / "backup.db");
    const Status copied = store_->write_copy((folder_ / "backup.db").string());
    ASSERT_TRUE(copied) << to_text(copied.error());
  }
  void restore() {
    if (fs::exists(folder_ / "backup.db")) {
      store_.reset();
      fs::copy_file(folder_ / "backup.db", file(), fs::copy_options::overwrite_existing);
      open();
    }
  }
  void move() {
    ++stores_;
    fs::remove(folder_ / "backup.db");
    open();
  }

  fs::path folder_;
  RandomStream random_;
  std::optional<Store> store_;
  std::vector<Trained> versions_;
  HashedNames project_;  // whom the project's file of forgotten users names
  int stores_ = 0;
  int given_ = 0;
};

TEST(ReplayStart, LosesNothingAndDoublesNothingInRandomLivesOfAStore) {
  constexpr int kLives = 300, kSteps = 30;
  for (int life = 0; life < kLives && !testing::Test::HasFailure(); ++life) {
    SCOPED_TRACE("seed " + std::to_string(life));
    const fs::path memory = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();  // no disk to wait for
    const fs::path folder = memory / ("haina_life_" + std::to_string(::getpid()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    {
      Life one(folder, life);
      for (int step = 0; step < kSteps; ++step) {
        one.step();
        if (step % 6 == 5) {
          one.check();
        }
      }
    }
    fs::remove_all(folder);
  }
}

}  // namespace
}  // namespace haina
