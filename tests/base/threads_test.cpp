// at::parallel_for is a template of libtorch's headers: built without OpenMP it silently runs on one thread.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

namespace haina {
namespace {

TEST(Threads, ParallelForUsesAllOfThem) {
  const int threads = at::get_num_threads();
#ifdef _OPENMP
  const int expected = threads;
#else
  const int expected = 1;  // builds for ThreadSanitizer, and with clang
#endif
  std::mutex mutex;
  std::set<std::thread::id> seen;
  at::parallel_for(0, threads, 1, [&](int64_t, int64_t) {
    const std::scoped_lock lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(std::ssize(seen), expected);
}

}  // namespace
}  // namespace haina
