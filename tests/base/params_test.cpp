#include "base/params.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace haina {
namespace {

const std::vector<ParamSpec> kSpecs = {
    {.name = "factors", .value = 64, .min = 1, .max = 1024, .doc = "size of a vector"},
    {.name = "bias", .value = 0, .min = 0, .max = 1, .doc = "1: with a bias"}};

TEST(Params, StartFromTheDefaultsAndTakeNumbersAndBooleans) {
  Params params(kSpecs);
  EXPECT_EQ(params.integer("factors"), 64);
  EXPECT_FALSE(params.flag("bias"));
  ASSERT_TRUE(params.merge({{"factors", 128}, {"bias", true}}, "haina.toml:3:1"));
  EXPECT_EQ(params.integer("factors"), 128);
  EXPECT_TRUE(params.flag("bias"));
  EXPECT_EQ(params.to_json(), (nlohmann::json{{"factors", 128.0}, {"bias", 1.0}}));
}

TEST(Params, MistakesNameThePlaceAndAHint) {
  struct Mistake {
    nlohmann::json values;
    const char* what;
    const char* hint;
  };
  for (const Mistake& mistake : std::vector<Mistake>{{{{"factor", 2}}, "unknown parameter 'factor'", "'factors'"},
                                                     {{{"factors", 0}}, "parameter 'factors' is 0", "from 1 to 1024"},
                                                     {{{"factors", "2"}}, "is not a number", "write a number"},
                                                     {{{"factors", nullptr}}, "is not a number", "write a number"}}) {
    Params params(kSpecs);
    const Status status = params.merge(mistake.values, "haina.toml:3:1");
    ASSERT_FALSE(status) << mistake.values;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(status.error().at, "haina.toml:3:1");
    EXPECT_NE(status.error().what.find(mistake.what), std::string::npos) << status.error().what;
    EXPECT_NE(status.error().hint.find(mistake.hint), std::string::npos) << status.error().hint;
    EXPECT_EQ(params.integer("factors"), 64);
  }
  Params params(kSpecs);
  EXPECT_FALSE(params.set("factors", std::numeric_limits<double>::quiet_NaN(), "x"));
}

}  // namespace
}  // namespace haina
