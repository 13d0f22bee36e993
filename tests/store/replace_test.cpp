// Events that replace others in one transaction, and a database server that answers nothing.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/commit_queue.h"
#include "store/silence_limit.h"
#include "store_fixture.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

class ReplaceTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Stores, ReplaceTest, testing::Values("sqlite", "postgresql"));

TEST_P(ReplaceTest, WhatIsReplacedIsGoneAndTheRestStays) {
  Store store = open();
  ASSERT_TRUE(store.append(std::vector<LiveEvent>{{.id = "1", .user = "ann", .item = "i", .action = "click"},
                                                  {.id = "", .user = "ann", .item = "i", .action = "click"},
                                                  {.id = "3", .user = "ann", .item = "i", .action = "like"},
                                                  {.id = "4", .user = "ben", .item = "i", .action = "click"}}));
  const std::vector<LiveEvent> next = {{.id = "1", .user = "ann", .item = "i", .action = "click", .value = 2},
                                       {.id = "5", .user = "cat", .item = "j", .action = "click"}};
  const auto is_new = store.replace(next);
  ASSERT_TRUE(is_new) << to_text(is_new.error());
  EXPECT_EQ(*is_new, (std::vector<Appended>{Appended::kNew, Appended::kNew}));
  std::vector<std::string> left;
  for (const LiveEvent& event : all(store)) {
    left.push_back(event.user + event.action + event.id);
  }
  EXPECT_EQ(left, (std::vector<std::string>{"annlike3", "benclick4", "annclick1", "catclick5"}));
}

TEST_P(ReplaceTest, ALateCopyReplacesNothing) {
  constexpr int64_t kSecond = 1'000'000;
  Store store = open();
  const LiveEvent old = {.id = "1", .user = "ann", .item = "i", .action = "click", .time_us = now_us() - kSecond};
  ASSERT_TRUE(store.append({{old}}));
  ASSERT_TRUE(store.forget_user("ann"));
  LiveEvent again = old;
  again.id = "2";
  again.value = 5;
  again.time_us = now_us() + kSecond;
  ASSERT_TRUE(store.append({{again}}));
  EXPECT_EQ(*store.replace({{old}}), std::vector<Appended>{Appended::kForgotten});
  ASSERT_EQ(all(store).size(), 1U);
  EXPECT_EQ(all(store)[0].value, 5);
}

TEST_P(ReplaceTest, OtherServersHearOfIt) {
  Store store = open(), other = open();
  ASSERT_TRUE(store.append({{{.id = "1", .user = "ann", .item = "i", .action = "click"}}}));
  int64_t last = *other.last_change();
  EXPECT_TRUE(
      store.replace(std::vector<LiveEvent>{{.id = "1", .user = "ann", .item = "i", .action = "click", .value = 2},
                                           {.id = "2", .user = "ben", .item = "i", .action = "click"}}));
  const auto changes = other.changes_of_others(last, last);
  ASSERT_TRUE(changes && *changes);
  ASSERT_EQ((*changes)->size(), 1U) << "nothing of ben's was deleted";
  EXPECT_EQ((*changes)->front().kind, "events");
  EXPECT_EQ((*changes)->front().id, "ann");
}

TEST_P(ReplaceTest, AFailureLeavesWhatWasThere) {
  Store store = open();
  if (!store.is_shared()) {
    return;  // SQLite takes every text
  }
  ASSERT_TRUE(store.append(std::vector<LiveEvent>{{.id = "1", .user = "ann", .item = "i", .action = "click"}}));
  const std::string bad = "not UTF-8: \xff";
  EXPECT_FALSE(store.replace(std::vector<LiveEvent>{{.id = "1", .user = "ann", .item = "i", .action = "click"},
                                                    {.id = "2", .user = bad, .item = "i", .action = "click"}}));
  EXPECT_EQ(all(store).size(), 1U);
}

// One commit and a walk over the user's events, not a commit and a walk for each: 2,000 of them took 6 s and more.
TEST_P(ReplaceTest, ManyEventsOfOneUserAreReplacedAtOnce) {
  Store store = open();
  std::vector<LiveEvent> events;
  for (int i = 0; i < 2000; ++i) {
    const std::string item = "i" + std::to_string(i);
    events.push_back({.id = "e" + item, .user = "ann", .item = item, .action = "click"});
  }
  ASSERT_TRUE(store.append(events));
  const auto begin = Clock::now();
  ASSERT_TRUE(store.replace(events));
  EXPECT_LT(seconds_since(begin), 2);
  EXPECT_EQ(all(store).size(), events.size());
  EXPECT_GT(*store.bytes(), 0);
}

TEST(SilenceLimit, EndsTheWaitForASilentServer) {
  int sockets[2] = {};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  char byte = 0;
  const auto begin = Clock::now();
  {
    const SilenceLimit limit(sockets[0], std::chrono::seconds(1));
    EXPECT_EQ(::recv(sockets[0], &byte, 1, 0), 0);
  }
  EXPECT_GE(seconds_since(begin), 0.9);
  EXPECT_LT(seconds_since(begin), 5);
  ::close(sockets[0]);
  ::close(sockets[1]);
}

TEST(SilenceLimit, DoesNothingInTime) {
  int sockets[2] = {};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  {
    const SilenceLimit limit(sockets[0], std::chrono::seconds(1));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1300));
  EXPECT_EQ(::send(sockets[0], "x", 1, MSG_NOSIGNAL), 1);
  ::close(sockets[0]);
  ::close(sockets[1]);
}

// The pid of the server process that serves the only session of that database.
pid_t backend_of(const std::string& url) {
  const std::string database =
      url.substr(url.rfind('/', url.find('?')) + 1, url.find('?') - url.rfind('/', url.find('?')) - 1);
  const std::string host = url.substr(url.find("host=") + 5);
  const std::string command = "psql -h " + host +
                              " -U postgres -At -c \"SELECT pid FROM pg_stat_activity WHERE datname = '" + database +
                              "' AND application_name = 'haina'\" postgres";
  FILE* const out = ::popen(command.c_str(), "r");
  int pid = 0;
  if (out == nullptr || std::fscanf(out, "%d", &pid) != 1) {
    pid = 0;
  }
  if (out != nullptr) {
    ::pclose(out);
  }
  return pid;
}

TEST_P(ReplaceTest, AStoppedServerFailsTheCallInsteadOfHoldingIt) {
  Store store = open();
  if (!store.is_shared()) {
    return;
  }
  const pid_t server = backend_of(url_);
  ASSERT_GT(server, 0);
  ASSERT_EQ(::kill(server, SIGSTOP), 0);
  auto failed = std::async(std::launch::async, [&] { return store.last_number(); });
  const bool in_time = failed.wait_for(std::chrono::seconds(25)) == std::future_status::ready;
  ::kill(server, SIGCONT);
  EXPECT_TRUE(in_time);
  const Result<int64_t> answer = failed.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kIo);
  EXPECT_FALSE(answer.error().hint.empty());
  EXPECT_TRUE(store.last_number());  // by a new connection
}

TEST(CommitQueue, RefusesChangesBeyondItsLimitAndSaysHowMuchWaits) {
  const fs::path path = fs::temp_directory_path() / ("haina_queue_" + std::to_string(::getpid()) + ".db");
  {
    std::atomic<int> commits = 0;  // counted on the thread of the queue
    CommitQueue queue(
        std::move(*Store::open("sqlite://" + path.string())), [](const LiveEvent&) {}, {}, 0, -1,
        [&](double seconds) { commits += seconds >= 0 ? 1 : 0; });
    std::promise<void> go;
    std::promise<void> begun;
    ASSERT_TRUE(queue.run_between_commits([&](Store&) {
      begun.set_value();
      go.get_future().wait();
    }));
    begun.get_future().wait();
    size_t taken = 0;
    while (queue.run_between_commits([](Store&) {}) && taken <= CommitQueue::kMostTasks) {
      ++taken;
    }
    EXPECT_EQ(taken, CommitQueue::kMostTasks);
    EXPECT_TRUE(queue.enqueue({{.user = "u", .item = "i"}}, [](const auto&) {}));
    EXPECT_EQ(queue.waiting().tasks, CommitQueue::kMostTasks);
    EXPECT_EQ(queue.waiting().events, 1U);
    go.set_value();
    std::promise<void> done;
    while (!queue.run_between_commits([&](Store&) { done.set_value(); })) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    done.get_future().wait();
    EXPECT_GE(commits.load(), static_cast<int>(CommitQueue::kMostTasks));
  }
  fs::remove(path);
}

}  // namespace
}  // namespace haina
