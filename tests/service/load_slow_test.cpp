// The service under load: no request fails, no event is missed, no memory leaks, while versions are swapped.
// HAINA_LOAD_SECONDS sets the length of the mixed load; default 60.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "model/versions.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

// Answers are not checked against the API's description: that would take the clients' time.
class LoadTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    HttpClient::on_reply = nullptr;
  }
};
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

// The list after an acknowledged event reflects it: the item that was on top is gone. Ten thousand times, with four
// concurrent writers.
TEST_F(LoadTest, TenThousandEventsAreSeenByTheNextList) {
  constexpr int kWriters = 4, kEach = 2500;
  std::atomic<int> missed = 0, failed = 0;
  std::vector<std::vector<double>> taken(kWriters);
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      HttpClient client(service_->port());
      for (int i = 0; i < kEach; ++i) {
        // A new user every ten events, so that histories stay short and there is always an item left to recommend.
        const std::string user = "w" + std::to_string(w) + "-" + std::to_string(i / 10);
        const std::string target = "/v1/users/" + user + "/recommendations?k=1&record=0";
        const Reply before = client.get(target);
        const Json first = before.json();
        if (before.status != 200 || first.at("items").empty()) {
          ++failed;
          continue;
        }
        const std::string top = first.at("items")[0].at("item");
        failed += client.post("/v1/events", {{"events", {{{"user", user}, {"item", top}}}}}).status != 200;
        const auto begun = Clock::now();
        const Reply after = client.get(target);
        taken[static_cast<size_t>(w)].push_back(ms_since(begun));
        const Json second = after.json();
        failed += after.status != 200;
        missed += after.status == 200 && !second.at("items").empty() && second.at("items")[0].at("item") == top;
      }
    });
  }
  std::vector<double> all;
  for (int w = 0; w < kWriters; ++w) {
    writers[static_cast<size_t>(w)].join();
    all.insert(all.end(), taken[static_cast<size_t>(w)].begin(), taken[static_cast<size_t>(w)].end());
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(all.size(), static_cast<size_t>(kWriters) * kEach);
  std::printf("seen in the next list after p50 %.1f ms, p99 %.1f ms, at most %.1f ms\n", percentile(all, 0.5),
              percentile(all, 0.99), percentile(all, 1));
  EXPECT_LE(percentile(all, 0.99), 50);
}

// A million users with live events: [serve] history bounds the memory of each.
TEST_F(LoadTest, MemoryOfAMillionLiveUsersIsBounded) {
  service_.reset();
  std::ofstream(folder_ / "bounded.toml") << *read_text(folder_ / "haina.toml") << "[serve]\nhistory = 20\n";
  const auto config = load_config(folder_ / "bounded.toml");
  ASSERT_TRUE(config) << to_text(config.error());
  auto loaded = load_version(*config, *current_version(*config));
  ASSERT_TRUE(loaded);
  auto engine = Engine::make(*config, std::move(loaded->dataset), std::move(loaded->model));
  ASSERT_TRUE(engine);
  const double before = resident_mb();
  constexpr int kUsers = 1'000'000, kEach = 40;
  const auto begun = Clock::now();
  for (int n = 0; n < kEach; ++n) {
    for (int u = 0; u < kUsers; ++u) {
      engine->learn(
          {.user = "user-" + std::to_string(u), .item = "i" + std::to_string((u + 7 * n) % 60), .time_us = n});
    }
  }
  const double seconds = ms_since(begun) / 1000;
  const double growth = resident_mb() - before;
  std::printf("%d users with %d events each: %.0f MB, %.0f bytes a user; %.1f million events learned a second\n",
              kUsers, kEach, growth, growth * 1e6 / kUsers, kUsers * double{kEach} / seconds / 1e6);
  // Vectors double their capacity: 25 events of 24 bytes and 40 seen items of 4 bytes. Plus the user, its name and its
  // entry in a hash map.
  EXPECT_LE(growth * 1e6 / kUsers, 32 * 24 + 64 * 4 + 480);
}

struct LoadResult {
  std::vector<double> calm_ms, swapping_ms;  // of requests begun outside and during a swap
  int64_t requests = 0, failed = 0;
};

// Eight clients that read and write until stop() is called; each pauses 3 ms after a request, which takes about 80 % of
// two cores.
class MixedLoad {
 public:
  explicit MixedLoad(uint16_t port) : results_(kClients) {
    for (size_t c = 0; c < kClients; ++c) {
      clients_.emplace_back([this, c, port] { run(port, c, results_[c]); });
    }
  }
  void set_swapping(bool swapping) { swapping_ = swapping; }
  LoadResult stop() {
    stop_ = true;
    LoadResult all;
    for (size_t c = 0; c < kClients; ++c) {
      clients_[c].join();
      const LoadResult& one = results_[c];
      all.calm_ms.insert(all.calm_ms.end(), one.calm_ms.begin(), one.calm_ms.end());
      all.swapping_ms.insert(all.swapping_ms.end(), one.swapping_ms.begin(), one.swapping_ms.end());
      all.requests += one.requests;
      all.failed += one.failed;
    }
    return all;
  }

 private:
  static constexpr size_t kClients = 8;

  static int request_anything(HttpClient& client, RandomStream& random) {
    const std::string user = "u" + std::to_string(random.below(90));
    const std::string item = "i" + std::to_string(random.below(60));
    switch (random.below(10)) {
      case 0:
      case 1:
        return client.post("/v1/events", {{"events", {{{"user", "x" + user}, {"item", item}}}}}).status;
      case 2:
        return client.get("/v1/items/" + item + "/similar").status;
      case 3:
        return client.get("/v1/search?q=quiet+harbour&user=" + user).status;
      case 4:
        return client.post("/v1/recommendations", {{"history", {item}}, {"k", 5}}).status;
      default:
        return client.get("/v1/users/" + user + "/recommendations").status;
    }
  }

  void run(uint16_t port, size_t number, LoadResult& result) {
    HttpClient client(port);
    RandomStream random(number, "load_test");
    while (!stop_) {
      std::vector<double>& times = swapping_ ? result.swapping_ms : result.calm_ms;
      const auto begin = Clock::now();
      result.failed += request_anything(client, random) != 200;
      times.push_back(ms_since(begin));
      ++result.requests;
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
  }

  std::atomic<bool> stop_ = false, swapping_ = false;
  std::vector<LoadResult> results_;  // of each client
  std::vector<std::thread> clients_;
};

TEST_F(LoadTest, TwentySwapsUnderMixedLoad) {
  const char* const given = std::getenv("HAINA_LOAD_SECONDS");
  const double seconds = given != nullptr ? std::atof(given) : 60;
  const auto config = load_config(folder_ / "haina.toml");
  ASSERT_TRUE(config);
  const auto first = current_version(*config);
  const auto dataset = load_dataset(config->prepared_folder());
  ASSERT_TRUE(dataset);
  const auto trained = run_train(*dataset, *config, {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  const std::vector<std::string> versions = {*first, trained->filename().string()};

  MixedLoad load(service_->port());
  constexpr int kSwaps = 20;
  HttpClient admin(service_->port());
  double halfway_mb = 0;
  const auto begin = Clock::now();
  for (int swap = 0; swap < kSwaps; ++swap) {
    std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(
                                              std::chrono::duration<double>(seconds * (swap + 1) / (kSwaps + 1))));
    load.set_swapping(true);
    const Reply used =
        admin.post("/v1/models/" + versions[static_cast<size_t>(swap + 1) % 2] + "/use", {{"check", false}});
    load.set_swapping(false);
    EXPECT_EQ(used.status, 200) << used.body;
    if (swap == kSwaps / 2) {
      halfway_mb = resident_mb();
    }
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds / (kSwaps + 1)));
  const double end_mb = resident_mb();
  const LoadResult result = load.stop();
  std::printf(
      "%lld requests, %lld failed; p99 %.1f ms, while swapping %.1f ms; resident %.0f MB half way, %.0f MB at the "
      "end\n",
      static_cast<long long>(result.requests), static_cast<long long>(result.failed), percentile(result.calm_ms, 0.99),
      percentile(result.swapping_ms, 0.99), halfway_mb, end_mb);
  EXPECT_EQ(result.failed, 0);
  EXPECT_GT(result.requests, 1000);
  EXPECT_LE(end_mb, 1.05 * halfway_mb + 5);
  std::error_code ignored;
  fs::remove_all(*trained, ignored);
  fs::remove(config->models_folder() / "current.json", ignored);
}

}  // namespace
}  // namespace haina
