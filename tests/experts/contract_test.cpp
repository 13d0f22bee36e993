// What every expert promises, whatever its method.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "experts/expert.h"
#include "small_data.h"

namespace haina {
namespace {

class ExpertContract : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Expert> make() const {
    const ExpertEntry& entry = **find_expert(GetParam(), "");
    return entry.make(Params(entry.params));
  }
  std::unique_ptr<Expert> fitted(const SmallData& data) const {
    std::unique_ptr<Expert> expert = make();
    const Status status = expert->fit(data.train, {.fields = data.fields, .others = &data.others});
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

TEST_P(ExpertContract, SavedAndLoadedItScoresTheSameBits) {
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

TEST_P(ExpertContract, RestoreOfNothingNamesTheFile) {
  const Status status = make()->restore({}, "model/expert.safetensors");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadData);
  EXPECT_NE(status.error().at.find("model/expert.safetensors"), std::string::npos);
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

TEST_P(ExpertContract, OneAndTwoThreadsAgree) {
  const SmallData data = small_data();
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = fitted(data)->score(data.states);
  at::set_num_threads(2);
  const at::Tensor two = fitted(data)->score(data.states);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::allclose(one, two, 1e-3, 1e-5));
}

TEST_P(ExpertContract, NoUsersAndAnEmptyHistoryAreNoError) {
  const SmallData data = small_data();
  const auto expert = fitted(data);
  EXPECT_EQ(expert->score({}).sizes().vec(), (std::vector<int64_t>{0, SmallData::kItems}));
  const std::vector<UserState> stranger(2);
  const at::Tensor scores = expert->score(stranger);
  EXPECT_TRUE(at::isfinite(scores).all().item<bool>());
  EXPECT_TRUE(at::equal(scores[0], scores[1]));
  if (GetParam() != "popularity" && GetParam() != "trending") {
    EXPECT_EQ(scores.abs().sum().item<float>(), 0) << "no history, no opinion";
  }
}

TEST_P(ExpertContract, ItemsNewSinceTheFitAreSkipped) {
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

TEST_P(ExpertContract, TheBestAreThoseOfItsScoresWithoutTheHistory) {
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
    const RankedLists best = expert->best(users, k), wanted = top_k(scores, k);
    EXPECT_TRUE(at::equal(best.items, wanted.items)) << k;
    EXPECT_TRUE(at::equal(best.scores, wanted.scores)) << k;
  }
}

TEST_P(ExpertContract, NothingStoredAnswersForTheUser) {
  SmallData data = small_data();
  if (GetParam() == "user_knn") {
    GTEST_SKIP() << "user_knn reads the row to keep a user's own past out of his neighbours";
  }
  const auto expert = fitted(data);
  std::vector<UserState> renamed = data.states;
  for (UserState& state : renamed) {
    state.user = -1;
  }
  EXPECT_TRUE(at::equal(expert->score(data.states), expert->score(renamed)));
}

TEST_P(ExpertContract, ACatalogueOfOneItemWorks) {
  Interactions train = interactions_of({{0}, {0}, {}}, 1);
  SmallData data = small_data();
  data.fields.erase(data.fields.begin(), data.fields.begin() + 2);  // the sources of items have another number of rows
  const auto expert = make();
  const Status status = expert->fit(train, {.fields = data.fields});
  if (!status) {
    EXPECT_EQ(status.error().code, ErrorCode::kBadData);
    return;
  }
  const at::Tensor scores = expert->score(states_of(train));
  EXPECT_EQ(scores.sizes().vec(), (std::vector<int64_t>{3, 1}));
  EXPECT_TRUE(at::isfinite(scores).all().item<bool>());
}

TEST_P(ExpertContract, ARequestedStopEndsTheFitOrComesTooLate) {
  const SmallData data = small_data();
  StopFlag stop;
  stop.request();
  const auto expert = make();
  const Status status = expert->fit(data.train, {.fields = data.fields, .others = &data.others, .stop = &stop});
  if (!status) {
    EXPECT_EQ(status.error().code, ErrorCode::kInterrupted);
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

TEST(FindExpert, AMisspeltNameIsAnsweredWithTheRightOne) {
  const auto found = find_expert("eese", "haina.toml:3:1");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().mend.find("ease"), std::string::npos);
}

}  // namespace
}  // namespace haina
