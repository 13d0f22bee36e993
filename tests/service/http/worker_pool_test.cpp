// Work beside the threads that answer requests: bounded, and ended with the pool.
#include "service/http/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace haina {
namespace {

TEST(WorkerPool, RunsTasksBesideOneThatHangs) {
  WorkerPool pool(2);
  std::promise<void> go;
  ASSERT_TRUE(pool.run([hangs = go.get_future().share()] { hangs.wait(); }));
  std::promise<void> done;
  ASSERT_TRUE(pool.run([&] { done.set_value(); }));
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  go.set_value();
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
    ASSERT_TRUE(pool.run([&] {
      begun.set_value();
      gate.wait();
    }));
    begun.get_future().wait();
    while (taken <= WorkerPool::kMostWaiting && pool.run([&] { ++ran; })) {
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
