// Each model's evidence group follows from its registry entry and its settings.
#include "pipeline/evidence_groups.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace haina {
namespace {

using Named = std::pair<std::string, nlohmann::json>;  // an expert and its parameters

// Groups and numbers of sources by name; the experts are not fitted.
std::map<std::string, std::pair<std::string, int64_t>> groups_of(const std::vector<Named>& experts) {
  Model model;
  for (const auto& [name, params] : experts) {
    model.experts.push_back({name, params, nullptr});
  }
  std::map<std::string, std::pair<std::string, int64_t>> groups;
  for (const RankedModel& one : ranked_models(model)) {
    groups[one.name] = {one.evidence_group, one.sources};
  }
  EXPECT_EQ(groups.size(), experts.size());
  return groups;
}

const nlohmann::json kNone = nlohmann::json::object();

TEST(EvidenceGroups, CountsHaveNoGroupAndEventModelsShareOne) {
  const auto groups = groups_of({{"popularity", kNone}, {"trending", kNone}, {"item_knn", kNone}, {"rp3beta", kNone}});
  EXPECT_EQ(groups.at("popularity").first, "");
  EXPECT_EQ(groups.at("trending").first, "");
  EXPECT_EQ(groups.at("item_knn").first, "events");
  EXPECT_EQ(groups.at("rp3beta").first, "events");
  EXPECT_EQ(groups.at("item_knn").second, 1);
}

TEST(EvidenceGroups, ModelsWithAWeightOnFieldsReadEverything) {
  EXPECT_EQ(groups_of({{"ease", {{"side_weight", 0}}}}).at("ease").first, "events");
  EXPECT_EQ(groups_of({{"ease", {{"side_weight", 10}}}}).at("ease").first, "everything");
  EXPECT_EQ(groups_of({{"ials", {{"relation_weight", 0}, {"user_relation_weight", 0}}}}).at("ials").first, "events");
  EXPECT_EQ(groups_of({{"ials", {{"relation_weight", 0}, {"user_relation_weight", 1}}}}).at("ials").first,
            "everything");
}

TEST(EvidenceGroups, EachItemSourceIsAGroupAndTheSumCountsThem) {
  const auto groups = groups_of({{"item_knn", kNone},
                                 {"content", kNone},
                                 {"content.movies.genres", kNone},
                                 {"content.movies.title", kNone},
                                 {"friends", kNone},
                                 {"ease", {{"side_weight", 1}}}});
  EXPECT_EQ(groups.at("content"), (std::pair<std::string, int64_t>{"content", 2}));
  EXPECT_EQ(groups.at("content.movies.genres"), (std::pair<std::string, int64_t>{"content.movies.genres", 1}));
  EXPECT_EQ(groups.at("friends"), (std::pair<std::string, int64_t>{"friends", 1}));
  EXPECT_EQ(groups.at("ease"), (std::pair<std::string, int64_t>{"everything", 4})) << "events, friends, two sources";
}

TEST(EvidenceGroups, ASingleItemSourceHasOnlyTheJointExpert) {
  const auto groups = groups_of({{"content", kNone}, {"ease", {{"side_weight", 1}}}});
  EXPECT_EQ(groups.at("content"), (std::pair<std::string, int64_t>{"content", 1}));
  EXPECT_EQ(groups.at("ease").second, 1);
}

}  // namespace
}  // namespace haina
