// The headers of config/ need neither libtorch nor Arrow. This file is compiled without the precompiled header, which
// holds both.
#include <gtest/gtest.h>

#include "config/columns.h"
#include "config/config.h"
#include "config/goal.h"
#include "config/metric_spec.h"
#include "config/reference.h"
#include "config/sections.h"

#if defined(C10_UNLIKELY) || defined(TORCH_CHECK)
#error "a header of config/ includes libtorch"
#endif
#ifdef ARROW_EXPORT
#error "a header of config/ includes Arrow"
#endif

namespace haina {
namespace {

TEST(ConfigHeaders, AreCompleteWithoutThePrecompiledHeader) {
  const Config config;
  EXPECT_TRUE(config.sources.empty());
  EXPECT_EQ(MetricSpec().cutoff, 10);
}

}  // namespace
}  // namespace haina
