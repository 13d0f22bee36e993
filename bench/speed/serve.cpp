// Load on a running `haina serve`, closed loop, one connection a thread. Usage: bench/speed/serve.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "base/seed.h"
#include "service/http_client.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;

// One turn of a connection; the seconds of the answer that counts, or below 0 where it failed.
using Turn = std::function<double(HttpClient& client, RandomStream& random)>;

void measure(const char* name, uint16_t port, int connections, double seconds, double units_a_turn, const Turn& turn) {
  std::vector<std::vector<double>> taken(static_cast<size_t>(connections));
  std::atomic<int64_t> failed = 0;
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (int c = 0; c < connections; ++c) {
    threads.emplace_back([&, c] {
      HttpClient client(port);
      RandomStream random(static_cast<uint64_t>(c), name);
      while (Clock::now() < end) {
        const double one = turn(client, random);
        one < 0 ? static_cast<void>(++failed) : taken[static_cast<size_t>(c)].push_back(one);
        if (one < 0) {
          return;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> all;
  for (const std::vector<double>& some : taken) {
    all.insert(all.end(), some.begin(), some.end());
  }
  std::ranges::sort(all);
  const auto at = [&](double share) {
    return all.empty() ? 0 : 1000 * all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))];
  };
  std::printf("%-44s %3d connections  %9.0f /s   p50 %7.2f ms  p99 %7.2f ms  failed %lld\n", name, connections,
              units_a_turn * static_cast<double>(all.size()) / elapsed, at(0.5), at(0.99),
              static_cast<long long>(failed.load()));
}

double timed(const std::function<Reply()>& request) {
  const auto begin = Clock::now();
  const Reply reply = request();
  return reply.status == 200 ? std::chrono::duration<double>(Clock::now() - begin).count() : -1;
}

// Ids are the prefix and a number from 1 on.
struct Ids {
  int64_t users, items;
  std::string user_prefix, item_prefix;
};

int run(uint16_t port, double seconds, const Ids& ids) {
  const int64_t users = ids.users, items = ids.items;
  const auto user_of = [&](int64_t number) { return ids.user_prefix + std::to_string(number); };
  const auto list_of = [](const std::string& user) { return "/v1/users/" + user + "/recommendations?k=10"; };
  const auto event_of = [&](const std::string& user, RandomStream& random) {
    return nlohmann::json{{"user", user},
                          {"item", ids.item_prefix + std::to_string(1 + random.below(items))},
                          {"action", "rating"},
                          {"value", 5}};
  };
  for (const int connections : {1, 16}) {
    measure("lists, an event before each", port, connections, seconds, 1,
            [&](HttpClient& client, RandomStream& random) {
              const std::string user = user_of(1 + random.below(users));
              return client.post("/v1/events", {{"events", {event_of(user, random)}}}).status == 200
                         ? timed([&] { return client.get(list_of(user)); })
                         : -1;
            });
  }
  for (int64_t user = 1; user <= std::min<int64_t>(users, 1000); ++user) {  // so that the next ones are known
    HttpClient client(port);
    client.get(list_of(user_of(user)));
  }
  for (const int connections : {1, 8, 64}) {
    measure("lists, nothing changed", port, connections, seconds, 1, [&](HttpClient& client, RandomStream& random) {
      return timed([&] { return client.get(list_of(user_of(1 + random.below(std::min<int64_t>(users, 1000))))); });
    });
  }
  measure("events, one a request", port, 64, seconds, 1, [&](HttpClient& client, RandomStream& random) {
    const nlohmann::json body = {{"events", {event_of(user_of(1 + random.below(users)), random)}}};
    return timed([&] { return client.post("/v1/events", body); });
  });
  measure("events, 1,000 a request", port, 8, seconds, 1000, [&](HttpClient& client, RandomStream& random) {
    nlohmann::json body = {{"events", nlohmann::json::array()}};
    for (int i = 0; i < 1000; ++i) {
      body["events"].push_back(event_of("x" + std::to_string(random.below(100'000)), random));
    }
    return timed([&] { return client.post("/v1/events", body); });
  });
  return 0;
}

}  // namespace
}  // namespace haina

int main(int argc, char** argv) {
  if (argc != 5 && argc != 7) {
    std::fprintf(stderr, "usage: haina_bench_serve PORT SECONDS USERS ITEMS [USER_PREFIX ITEM_PREFIX]\n");
    return 2;
  }
  return haina::run(static_cast<uint16_t>(std::atoi(argv[1])), std::atof(argv[2]),
                    {std::atoll(argv[3]), std::atoll(argv[4]), argc == 7 ? argv[5] : "", argc == 7 ? argv[6] : ""});
}
