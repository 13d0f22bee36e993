// AfterEvents: once for each transaction, before anybody is answered.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

#include "store/commit_queue.h"
#include "store_fixture.h"

namespace haina {
namespace {

class Settle : public StoreTest {};

LiveEvent click(const std::string& id) { return {.id = id, .user = "u", .item = "i", .action = "a", .time_us = 1}; }

TEST_P(Settle, EachTransactionIsFollowedOnceBeforeItsAnswer) {
  std::vector<std::string> told;  // by the queue's thread alone until it has ended
  std::atomic<bool> go = false;
  bool idle = true;  // where nothing comes in, AfterEvents is called as well
  {
    CommitQueue queue(
        open(), [&](const LiveEvent& event) { told.push_back(event.id); }, {}, 0, -1, {},
        [&] {
          if (!idle) {
            told.emplace_back("after");
          }
        });
    ASSERT_TRUE(queue.run_between_commits([&](Store& store) {
      while (!go) {  // so that the queue is not empty before the end
        ::usleep(1000);
      }
      idle = false;
      const std::vector<LiveEvent> events = {click("passed on")};
      EXPECT_TRUE(store.append(events));
      queue.pass_on(events);
      queue.settle();
      queue.settle();
      told.emplace_back("answer");
    }));
    ASSERT_TRUE(queue.run_between_commits([&](Store&) { told.emplace_back("task"); }));
    ASSERT_TRUE(queue.enqueue({click("a"), click("b")}, [&](const Result<std::vector<Appended>>& appended) {
      EXPECT_TRUE(appended);
      told.emplace_back("done");
      idle = true;
    }));
    go = true;
  }
  EXPECT_EQ(told,
            (std::vector<std::string>{"passed on", "after", "answer", "task", "after", "a", "b", "after", "done"}));
}

INSTANTIATE_TEST_SUITE_P(All, Settle, testing::Values("sqlite", "postgresql"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace haina
