// at::parallel_for is a template of libtorch's headers: built without OpenMP it runs on one thread, and nothing says
// so.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

namespace haina {
namespace {

TEST(Threads, ParallelForUsesThemAll) {
  const int threads = at::get_num_threads();
#ifdef _OPENMP
  const int wanted = threads;
#else
  const int wanted = 1;  // as for ThreadSanitizer, and by clang
#endif
  std::mutex mutex;
  std::set<std::thread::id> seen;
  at::parallel_for(0, threads, 1, [&](int64_t, int64_t) {
    const std::scoped_lock lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(std::ssize(seen), wanted);
}

}  // namespace
}  // namespace haina
