// Exports by meaning: what each file and column is, goals, actions.
#include "exports/export_case.h"

namespace haina {
namespace {

class RolesExports : public ExportCase {};

TEST_F(RolesExports, LabelsKeepTheirSigns) {
  run_handed("exports/24-labels");
  ASSERT_TRUE(data_) << shown();
  const Field* const labels = field("labels");
  ASSERT_NE(labels, nullptr) << shown();
  EXPECT_TRUE(labels->values.find("A/B"));
}

}  // namespace
}  // namespace haina
