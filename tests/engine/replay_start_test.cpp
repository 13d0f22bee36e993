// From where a version's engine learns a store's events: random lives of a store against a plain model of them.
#include "engine/replay_start.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/seed.h"
#include "store/moment_json.h"
#include "store/store.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

// What a training has read: the events by their ids, and what the version records.
struct Trained {
  std::set<std::string> events;
  nlohmann::json about;
};

// One store that lives: events come, users are forgotten, versions are trained, backups are made and restored, and the
// service moves to a fresh store.
class Life {
 public:
  Life(const fs::path& folder, int64_t seed) : folder_(folder), random_(seed, "life") { open(); }

  void step() {
    switch (random_.below(8)) {
      case 0:
        forget();
        break;
      case 1:
        train();
        break;
      case 2:
        back_up();
        break;
      case 3:
        restore();
        break;
      case 4:
        move();
        break;
      default:
        append();
    }
  }

  // For every version: each event of the store is trained on or learned, and none is both unless the log says that all
  // are learned again.
  void check() {
    const std::set<std::string> stored = read(0);
    for (const Trained& version : versions_) {
      const auto start = replay_start(version.about, *store_);
      ASSERT_TRUE(start) << to_text(start.error());
      const std::set<std::string> learned = read(start->number);
      for (const std::string& id : stored) {
        EXPECT_TRUE(learned.contains(id) || version.events.contains(id)) << id << " is lost";
      }
      if (start->why_all.empty()) {
        for (const std::string& id : learned) {
          EXPECT_FALSE(version.events.contains(id)) << id << " counts twice";
        }
      } else {
        EXPECT_EQ(learned, stored);
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
      events.push_back(
          {.id = "e" + std::to_string(given_++), .user = "u" + std::to_string(random_.below(3)), .item = "i"});
    }
    ASSERT_TRUE(store_->append(events));
  }
  void forget() { ASSERT_TRUE(store_->forget_user("u" + std::to_string(random_.below(3)))); }
  void train() {
    const auto moment = store_->snapshot();
    ASSERT_TRUE(moment) << to_text(moment.error());
    Trained version = {.events = {}, .about = {{"store", moment_json(*moment)}}};
    ASSERT_TRUE(store_->replay([&](const LiveEvent& event) { version.events.insert(event.id); }, 0, moment->number));
    versions_.push_back(std::move(version));
  }
  void back_up() {
    store_.reset();
    fs::copy_file(file(), folder_ / "backup.db", fs::copy_options::overwrite_existing);
    open();
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
    open();
  }

  fs::path folder_;
  RandomStream random_;
  std::optional<Store> store_;
  std::vector<Trained> versions_;
  int stores_ = 0;
  int given_ = 0;
};

TEST(ReplayStart, LosesNothingAndDoublesNothingInRandomLivesOfAStore) {
  constexpr int kLives = 12, kSteps = 24;
  for (int life = 0; life < kLives && !testing::Test::HasFailure(); ++life) {
    SCOPED_TRACE("seed " + std::to_string(life));
    const fs::path folder = fs::temp_directory_path() / ("haina_life_" + std::to_string(::getpid()));
    fs::remove_all(folder);
    fs::create_directories(folder);
    {
      Life one(folder, life);
      for (int step = 0; step < kSteps; ++step) {
        one.step();
      }
      one.check();
    }
    fs::remove_all(folder);
  }
}

}  // namespace
}  // namespace haina
