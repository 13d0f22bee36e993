// The page on haina.toml lists every parameter that the configuration accepts.
#include "pipeline/params_reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>

#include "base/files.h"
#include "config/reference.h"
#include "encoders/encoder.h"
#include "experts/expert.h"
#include "fusion/fusion.h"

namespace haina {
namespace {

// With HAINA_UPDATE_DOCS set, writes the page instead of comparing it.
TEST(ParamsReference, TheCommittedPageIsTheGeneratedOne) {
  const std::filesystem::path file = std::filesystem::path(HAINA_SOURCE_DIR) / "docs" / "config.md";
  const std::string text = config_reference(params_reference());
  if (std::getenv("HAINA_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_text(file, text));
  }
  const auto committed = read_text(file);
  ASSERT_TRUE(committed) << to_text(committed.error());
  EXPECT_EQ(*committed, text) << "run this test with HAINA_UPDATE_DOCS=1 and commit " << file;
}

TEST(ParamsReference, EveryParameterHasALineWithItsDefaultAndRange) {
  const std::string text = params_reference().at("train");
  const auto expect_lines = [&](std::span<const ParamSpec> params, const std::string& of) {
    for (const ParamSpec& param : params) {
      EXPECT_FALSE(param.doc.empty()) << of << " " << param.name;
      EXPECT_NE(text.find("| `" + param.name + "` | `"), std::string::npos) << of << " " << param.name;
    }
  };
  for (const NetworkForm form : {NetworkForm::kSet, NetworkForm::kSequence, NetworkForm::kArticle}) {
    expect_lines(fusion_params(form), "network");
  }
  for (const ExpertEntry& entry : expert_entries()) {
    expect_lines(entry.params, entry.name);
    EXPECT_NE(text.find("| `" + entry.name + "` | | | | "), std::string::npos) << entry.name;
  }
  for (const EncoderEntry& entry : encoder_entries()) {
    expect_lines(entry.params, entry.name);
  }
  EXPECT_NE(text.find("| `layers` | `2` | 1 to 64 | blocks of the transformer"), std::string::npos) << text;
}

}  // namespace
}  // namespace haina
