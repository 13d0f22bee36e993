// The learning curves of a report.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_html.h"

namespace haina {
namespace {

using json = nlohmann::json;

// The epoch that is kept has the best validation, not the lowest loss.
TEST(ReportHtml, MarksTheKeptEpochInBothCurves) {
  json document;
  document["history"] = {{{"epoch", 1}, {"loss", 5.9}, {"ndcg@10", 0.31}},
                         {{"epoch", 2}, {"loss", 5.408}, {"ndcg@10", 0.347}},
                         {{"epoch", 3}, {"loss", 5.318}, {"ndcg@10", 0.332}}};
  const std::string page = report_html(document);
  EXPECT_NE(page.find(">5.408</text>"), std::string::npos);
  EXPECT_EQ(page.find(">5.318</text>"), std::string::npos);
  EXPECT_NE(page.find(">0.347</text>"), std::string::npos);
}

}  // namespace
}  // namespace haina
