// Exports as files: dialects, encodings, numbers, missing values, times.
#include "exports/export_case.h"

namespace haina {
namespace {

class ReadingExports : public ExportCase {};

TEST_F(ReadingExports, NaIsARealId) {
  run_handed("exports/06-na-is-real");
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->items.find("NA")) << shown();
}

}  // namespace
}  // namespace haina
