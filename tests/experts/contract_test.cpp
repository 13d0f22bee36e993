// What every expert guarantees, whatever its method: each test runs on every entry of experts.def.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <regex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "experts/expert.h"
#include "small_data.h"

namespace haina {
namespace {

class ExpertContract : public testing::TestWithParam<std::string> {
 protected:
  const ExpertEntry& entry() const { return **find_expert(GetParam(), ""); }
  std::unique_ptr<Expert> make() const { return entry().make(Params(entry().params)); }
  std::unique_ptr<Expert> fitted(const SmallData& data, const nlohmann::json& params = nlohmann::json::object()) const {
    Params all(entry().params);
    EXPECT_TRUE(all.merge(params, ""));
    std::unique_ptr<Expert> expert = entry().make(all);
    const Status status = expert->fit(data.train, {.fields = data.fields, .other_events = &data.other_events});
    EXPECT_TRUE(status) << to_text(status.error());
    return expert;
  }
};

TEST_P(ExpertContract, ScoresEveryItemOfEveryUserFinitely) {
  const SmallData data = small_data();
  const at::Tensor scores = fitted(data)->score(data.states);
  EXPECT_EQ(scores.sizes().vec(), (std::vector<int64_t>{SmallData::kUsers, SmallData::kItems}));
  EXPECT_EQ(scores.scalar_type(), at::kFloat);
  EXPECT_TRUE(scores.is_contiguous());
  EXPECT_TRUE(at::isfinite(scores).all().item<bool>());
  EXPECT_GT(scores.std().item<float>(), 0);
}

TEST_P(ExpertContract, ScoresHaveTheSameBitsAfterSaveAndLoad) {
  const SmallData data = small_data();
  const auto expert = fitted(data);
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / ("haina_expert_" + GetParam() + ".safetensors");
  ASSERT_TRUE(save_tensors(path, expert->state()));
  const auto loaded = load_tensors(path);
  ASSERT_TRUE(loaded);
  const auto again = make();
  const Status status = again->restore(*loaded, path.string());
  ASSERT_TRUE(status) << to_text(status.error());
  EXPECT_TRUE(at::equal(expert->score(data.states), again->score(data.states)));
  std::filesystem::remove(path);
}

TEST_P(ExpertContract, RestoreOfAnEmptyFileNamesTheFile) {
  const Status status = make()->restore({}, "model/expert.safetensors");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadData);
  EXPECT_NE(status.error().at.find("model/expert.safetensors"), std::string::npos);
  EXPECT_FALSE(status.error().hint.empty());
}

TEST_P(ExpertContract, ABatchScoresAsItsUsersOneByOne) {
  const SmallData data = small_data();
  const auto expert = fitted(data);
  const at::Tensor batch = expert->score(data.states);
  for (size_t u = 0; u < data.states.size(); ++u) {
    const at::Tensor alone = expert->score(std::span(data.states).subspan(u, 1));
    EXPECT_TRUE(at::allclose(batch[static_cast<int64_t>(u)], alone[0], 1e-4, 1e-5)) << "user " << u;
  }
}

TEST_P(ExpertContract, TheSameSeedGivesTheSameBits) {
  const SmallData data = small_data();
  EXPECT_TRUE(at::equal(fitted(data)->score(data.states), fitted(data)->score(data.states)));
}

TEST_P(ExpertContract, ScoresAgreeForOneTwoAndSevenThreads) {
  const SmallData data = small_data();
  const int before = at::get_num_threads();
  std::vector<at::Tensor> scores;
  for (const int threads : {1, 2, 7}) {
    at::set_num_threads(threads);
    scores.push_back(fitted(data)->score(data.states));
  }
  at::set_num_threads(before);
  EXPECT_TRUE(at::allclose(scores[0], scores[1], 1e-3, 1e-5));
  EXPECT_TRUE(at::allclose(scores[0], scores[2], 1e-3, 1e-5));
}

TEST_P(ExpertContract, NoUsersGiveNoRowsAndAnEmptyStateGivesTheSameScoresToAll) {
  const SmallData data = small_data();
  const auto expert = fitted(data);
  EXPECT_EQ(expert->score({}).sizes().vec(), (std::vector<int64_t>{0, SmallData::kItems}));
  const std::vector<UserState> empty(2);
  const at::Tensor scores = expert->score(empty);
  EXPECT_TRUE(at::isfinite(scores).all().item<bool>());
  EXPECT_TRUE(at::equal(scores[0], scores[1]));
  if (entry().evidence != Evidence::kCounts) {
    EXPECT_EQ(scores.abs().sum().item<float>(), 0) << "nothing is known of the user: no opinion";
  }
}

// ExpertEntry::needs_history
TEST_P(ExpertContract, NeedsHistoryMeansZerosForAUserWithoutEvents) {
  if (!entry().needs_history) {
    return;
  }
  SmallData data = small_data();
  nlohmann::json all_sources = nlohmann::json::object();
  for (const std::string& weight : entry().field_weights) {
    all_sources[weight] = 1;
  }
  const auto expert = fitted(data, all_sources);
  for (UserState& state : data.states) {
    ASSERT_FALSE(state.friends.empty());
    state.history.clear();
    state.other_events.clear();
  }
  EXPECT_EQ(expert->score(data.states).abs().sum().item<float>(), 0);
}

// ExpertEntry::evidence
TEST_P(ExpertContract, CountsMeanTheSameScoresForEveryUserAndOtherEvidenceDoesNot) {
  const SmallData data = small_data();
  const at::Tensor scores = fitted(data)->score(data.states);
  const bool same = at::equal(scores, scores.narrow(0, 0, 1).expand_as(scores));
  EXPECT_EQ(same, entry().evidence == Evidence::kCounts);
}

TEST_P(ExpertContract, SideSourcesCountExactlyWhereTheEntrySaysSo) {
  const SmallData data = small_data();
  SmallData without = data;
  without.fields.clear();
  if (entry().evidence == Evidence::kOwn) {  // nothing but side sources
    EXPECT_TRUE(entry().uses_fields);
    const Status status = make()->fit(without.train, {.fields = without.fields, .other_events = &without.other_events});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadData);
    return;
  }
  for (const double weight : {0.0, 1.0}) {
    nlohmann::json params = nlohmann::json::object();
    for (const std::string& name : entry().field_weights) {
      params[name] = weight;
    }
    const bool changes =
        !at::equal(fitted(data, params)->score(data.states), fitted(without, params)->score(data.states));
    EXPECT_EQ(changes, uses_side_sources(entry(), params)) << "weights " << weight;
  }
}

TEST_P(ExpertContract, ItemsAddedAfterTheFitAreSkipped) {
  const SmallData data = small_data();
  const auto expert = fitted(data);
  UserState known = data.states[0];
  known.history.front().item = known.history.back().item;
  UserState with_new = known;
  with_new.history.insert(with_new.history.begin(), {.item = ItemId{SmallData::kItems + 5}});
  const std::vector<UserState> both = {known, with_new};
  const at::Tensor scores = expert->score(both);
  EXPECT_TRUE(at::allclose(scores[0], scores[1], 1e-4, 1e-5));
}

TEST_P(ExpertContract, TopKIsTheTopOfTheScoresOutsideTheHistory) {
  const SmallData data = small_data();
  const auto expert = fitted(data);
  std::vector<UserState> users = data.states;
  users.emplace_back();
  users.front().history.push_back({.item = ItemId{SmallData::kItems + 5}});
  at::Tensor scores = expert->score(users).clone();
  for (int64_t u = 0; u < std::ssize(users); ++u) {
    for (const UserEvent& event : users[static_cast<size_t>(u)].history) {
      if (row_of(event.item) < SmallData::kItems) {
        scores[u][row_of(event.item)] = -std::numeric_limits<float>::infinity();
      }
    }
  }
  for (const int64_t k : {int64_t{5}, SmallData::kItems}) {
    const RankedLists lists = expert->top_k(users, k), expected = top_k(scores, k);
    EXPECT_TRUE(at::equal(lists.items, expected.items)) << k;
    EXPECT_TRUE(at::equal(lists.scores, expected.scores)) << k;
  }
}

// ExpertEntry::excludes_own_row: the user's training row may only be left out, which changes nothing but the scores of
// the user's own items.
TEST_P(ExpertContract, NoStoredAnswerIsLookedUpByTheUsersRow) {
  const SmallData data = small_data();
  const auto expert = fitted(data);
  std::vector<UserState> unknown = data.states;
  for (UserState& state : unknown) {
    state.user = -1;
  }
  at::Tensor scores = expert->score(data.states).clone(), without_row = expert->score(unknown).clone();
  EXPECT_EQ(at::equal(scores, without_row), !entry().excludes_own_row);
  for (int64_t u = 0; u < SmallData::kUsers; ++u) {
    for (const int32_t item : data.train.row(u)) {
      scores[u][item] = without_row[u][item] = 0;
    }
  }
  EXPECT_TRUE(at::allclose(scores, without_row, 1e-5, 1e-6));
}

TEST_P(ExpertContract, ACatalogOfOneItemWorks) {
  SmallData data;
  data.train = interactions_of({{0}, {0}, {}}, 1);
  data.other_events = interactions_of({{0}, {}, {0}}, 1);
  data.other_events.actions.fill_(1);
  data.states = states_of(data.train);
  Field picture;
  picture.source = picture.name = "picture";
  picture.type = FieldType::kVector;
  picture.num_rows = 1;
  picture.numbers = at::ones({1, 3});
  Field ties;
  ties.source = ties.name = "friends";
  ties.side = Side::kUser;
  ties.type = FieldType::kSocial;
  ties.target = Field::Target::kUsers;
  ties.num_rows = 3;
  ties.bags = csr_from_coordinates(3, 3, std::vector{0}, std::vector{1}, std::vector{1.0F}, Repeats::kMax);
  data.fields = {picture, ties};
  const at::Tensor scores = fitted(data)->score(data.states);
  EXPECT_EQ(scores.sizes().vec(), (std::vector<int64_t>{3, 1}));
  EXPECT_TRUE(at::isfinite(scores).all().item<bool>());
}

TEST_P(ExpertContract, ARequestedStopInterruptsTheFitOrComesTooLateToChangeIt) {
  const SmallData data = small_data();
  StopFlag stop;
  stop.request();
  const auto expert = make();
  const Status status =
      expert->fit(data.train, {.fields = data.fields, .other_events = &data.other_events, .stop = &stop});
  if (status) {
    EXPECT_TRUE(at::equal(expert->score(data.states), fitted(data)->score(data.states)))
        << "a fit that ignores the stop must be complete";
  } else {
    EXPECT_EQ(status.error().code, ErrorCode::kInterrupted);
  }
}

TEST_P(ExpertContract, VariantsAndSearchesNameParametersOfTheEntry) {
  Params params(entry().params);
  for (const nlohmann::json& variant : entry().variants) {
    EXPECT_TRUE(Params(entry().params).merge(variant, "")) << variant;
  }
  EXPECT_TRUE(Params(entry().params).merge(entry().low_fidelity, ""));
  const nlohmann::json defaults = params.to_json();
  for (const ParameterPath& path : entry().parameter_paths) {
    EXPECT_TRUE(defaults.contains(path.param)) << path.param;
    EXPECT_GT(path.factor, 1) << path.param;
  }
  for (const std::vector<std::string>* const names : {&entry().field_weights, &entry().per_event}) {
    for (const std::string& name : *names) {
      EXPECT_TRUE(defaults.contains(name)) << name;
    }
  }
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const ExpertEntry& entry : expert_entries()) {
    names.push_back(entry.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, ExpertContract, testing::ValuesIn(names()), [](const auto& info) { return info.param; });

TEST(ExpertRegistry, HasEveryEntryOfTheFolderOnce) {
  std::set<std::string> defined;
  const std::regex definition(R"(ExpertEntry (\w+)_entry\(\) \{)");
  for (const auto& file : std::filesystem::directory_iterator(HAINA_SOURCE_DIR "/src/experts")) {
    std::ifstream stream(file.path());
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    for (std::sregex_iterator hit(text.begin(), text.end(), definition), end; hit != end; ++hit) {
      EXPECT_TRUE(defined.insert((*hit)[1]).second) << (*hit)[1];
    }
  }
  const std::vector<std::string> registered = names();
  EXPECT_EQ(registered.size(), defined.size()) << "add a line HAINA_EXPERT(NAME) to src/experts/experts.def";
  EXPECT_EQ(std::set(registered.begin(), registered.end()), defined);
}

TEST(ExpertRegistry, NoTwoExpertsFillOneChannel) {
  std::set<std::string> channels;
  for (const ExpertEntry& entry : expert_entries()) {
    EXPECT_TRUE(entry.channel.empty() || channels.insert(entry.channel).second) << entry.name;
  }
  EXPECT_FALSE(channels.empty());
}

TEST(FindExpert, SuggestsTheNearestName) {
  const auto found = find_expert("eese", "haina.toml:3:1");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().at, "haina.toml:3:1");
  EXPECT_NE(found.error().hint.find("ease"), std::string::npos);
}

TEST(EvidenceGroup, IsTheSourceTheKindOrNothing) {
  ExpertEntry entry = {.name = "x", .summary = "", .params = {}, .make = {}};
  EXPECT_EQ(evidence_group(entry, "x", {}), "events");
  entry.uses_fields = true;
  EXPECT_EQ(evidence_group(entry, "x", nlohmann::json::object()), "everything");
  entry.field_weights = {"side", "user"};
  EXPECT_EQ(evidence_group(entry, "x", {{"side", 0}}), "events");
  EXPECT_EQ(evidence_group(entry, "x", {{"side", 0}, {"user", 0.5}}), "everything");
  EXPECT_EQ(evidence_group(entry, "x.movies.genres", {{"side", 0}}), "x.movies.genres");
  entry.evidence = Evidence::kOwn;
  EXPECT_EQ(evidence_group(entry, "x", {}), "x");
  entry.evidence = Evidence::kCounts;
  EXPECT_EQ(evidence_group(entry, "x", {}), "");
  EXPECT_EQ(source_of_instance("content.movies.genres"), "movies.genres");
  EXPECT_EQ(source_of_instance("content"), "");
}

}  // namespace
}  // namespace haina
