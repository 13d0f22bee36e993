// Exports by structure: folders, nested formats, several files of one source, ids that meet.
#include "exports/export_case.h"

namespace haina {
namespace {

class StructureExports : public ExportCase {};

TEST_F(StructureExports, IdsBeyond64BitsOfADoubleAreExact) {
  run_handed("exports/09-big-ids");
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->users.find("18446744073709551028"));
}

}  // namespace
}  // namespace haina
