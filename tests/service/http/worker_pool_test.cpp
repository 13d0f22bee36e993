// Work beside the threads that answer requests: bounded, and ended with the pool.
#include "service/http/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

namespace haina {
namespace {

TEST(WorkerPool, RunsTasksBesideOneThatHangs) {
  WorkerPool pool(2);
  std::promise<void> go;
  ASSERT_TRUE(pool.run("a", [hangs = go.get_future().share()] { hangs.wait(); }));
  std::promise<void> done;
  ASSERT_TRUE(pool.run("a", [&] { done.set_value(); }));
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  go.set_value();
}

TEST(WorkerPool, ThoseWhoAskTakeTurns) {
  WorkerPool pool(1);
  std::promise<void> go, begun, done;
  ASSERT_TRUE(pool.run("many", [&] {
    begun.set_value();
    go.get_future().wait();
  }));
  begun.get_future().wait();
  std::string order;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(pool.run("many", [&] { order += 'm'; }));
  }
  for (const char* const other : {"x", "y"}) {
    ASSERT_TRUE(pool.run(other, [&order, other] { order += other; }));
  }
  ASSERT_TRUE(pool.run("many", [&] { done.set_value(); }));
  go.set_value();
  ASSERT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(order, "mxymmm");
}

TEST(WorkerPool, RefusesWhatItCannotDoSoonAndDropsWhatWaitsAtItsEnd) {
  std::promise<void> go;
  std::shared_future<void> gate = go.get_future().share();
  std::atomic<size_t> ran = 0;
  size_t taken = 0;
  std::thread later;
  {
    WorkerPool pool(1);
    std::promise<void> begun;
    ASSERT_TRUE(pool.run("a", [&] {
      begun.set_value();
      gate.wait();
    }));
    begun.get_future().wait();
    while (taken <= WorkerPool::kMostWaiting && pool.run("a", [&] { ++ran; })) {
      ++taken;
    }
    EXPECT_EQ(taken, WorkerPool::kMostOfPeer) << "something is left for others";
    while (taken <= WorkerPool::kMostWaiting && pool.run("b", [&] { ++ran; })) {
      ++taken;
    }
    EXPECT_EQ(taken, WorkerPool::kMostWaiting);
    EXPECT_EQ(pool.waiting(), WorkerPool::kMostWaiting);
    later = std::thread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      go.set_value();
    });
  }
  later.join();
  EXPECT_EQ(ran, 0U);
}

}  // namespace
}  // namespace haina
