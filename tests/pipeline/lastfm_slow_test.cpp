// The published Last.fm split: Haina against each of its models on the test part, and what tags add.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/compare.h"
#include "evaluation/evaluate.h"
#include "pipeline/train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

fs::path data_folder() {
  const char* const named = std::getenv("HAINA_DATA");
  return (named != nullptr ? fs::path(named) : fs::path(HAINA_SOURCE_DIR).parent_path() / "shared" / "data") /
         "social-lastfm-sociallgn";
}

std::vector<std::pair<int32_t, int32_t>> read_pairs(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::vector<std::pair<int32_t, int32_t>> pairs;
  char comma = 0;
  for (std::pair<int32_t, int32_t> pair; file >> pair.first >> comma >> pair.second;) {
    pairs.push_back(pair);
  }
  return pairs;
}

constexpr int32_t kUsers = 1892, kItems = 17632;

// Events of the published split, grouped by user.
EventLog read_events() {
  struct Row {
    int32_t user, item;
    uint8_t part;
  };
  std::vector<Row> rows;
  for (const auto& [file, part] : {std::pair{"train_set.txt", Part::kTrain}, std::pair{"test_set.txt", Part::kTest}}) {
    for (const auto& [user, item] : read_pairs(data_folder() / file)) {
      rows.push_back({user, item, static_cast<uint8_t>(part)});
    }
  }
  std::ranges::stable_sort(rows, {}, &Row::user);
  std::vector<int32_t> user, item;
  std::vector<uint8_t> part;
  for (const Row& row : rows) {
    user.push_back(row.user);
    item.push_back(row.item);
    part.push_back(row.part);
  }
  const int64_t n = std::ssize(rows);
  return {.user = at::tensor(user, at::kInt),
          .item = at::tensor(item, at::kInt),
          .action = at::zeros({n}, at::kByte),
          .value = at::full({n}, std::nanf("")),
          .weight = at::ones({n}),
          .time = at::full({n}, kNoTime, at::kLong),
          .goal = at::ones({n}, at::kBool),
          .part = at::tensor(part, at::kByte)};
}

Field read_friends() {
  Field friends;
  friends.source = "friends";
  friends.name = "friends";
  friends.side = Side::kUser;
  friends.type = FieldType::kSocial;
  friends.target = Field::Target::kUsers;
  friends.num_rows = kUsers;
  std::vector<int32_t> from, to;
  for (const auto& [a, b] : read_pairs(data_folder() / "trust.txt")) {
    from.push_back(a);
    to.push_back(b);
  }
  friends.bags = csr_from_coordinates(kUsers, kUsers, from, to, std::vector<float>(from.size(), 1.0F), Repeats::kMax);
  return friends;
}

// Tags that users gave to items, with the raw ids mapped to those of the split.
Field read_tags() {
  std::ifstream item_map_file(data_folder() / "itemReindex.json"), user_map_file(data_folder() / "userReindex.json");
  const nlohmann::json item_map = nlohmann::json::parse(item_map_file), user_map = nlohmann::json::parse(user_map_file);
  Field tags;
  tags.source = "tags";
  tags.name = "tag";
  tags.type = FieldType::kTags;
  tags.num_rows = kItems;
  const std::string unpack = "gunzip -c '" + (data_folder() / "raw_user_taggedartists.dat.gz").string() + "'";
  std::vector<int32_t> users, items, values;
  if (std::FILE* const pipe = popen(unpack.c_str(), "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, pipe) != nullptr) {
      std::istringstream cells(line);
      std::string raw_user, raw_item, raw_tag;
      cells >> raw_user >> raw_item >> raw_tag;
      if (item_map.contains(raw_item) && user_map.contains(raw_user)) {
        users.push_back(user_map[raw_user]);
        items.push_back(item_map[raw_item]);
        values.push_back(tags.values.find_or_add(raw_tag));
      }
    }
    pclose(pipe);
  }
  tags.assigned_user = at::tensor(users, at::kInt);
  tags.assigned_item = at::tensor(items, at::kInt);
  tags.assigned_value = at::tensor(values, at::kInt);
  tags.bags = csr_from_coordinates(kItems, tags.values.size(), items, values, std::vector<float>(items.size(), 1.0F),
                                   Repeats::kSum);
  return tags;
}

Dataset read_lastfm() {
  Dataset dataset;
  dataset.name = "lastfm";
  for (int32_t u = 0; u < kUsers; ++u) {
    dataset.users.find_or_add(std::to_string(u));
  }
  for (int32_t i = 0; i < kItems; ++i) {
    dataset.items.find_or_add(std::to_string(i));
    dataset.titles.push_back(std::to_string(i));
  }
  dataset.actions.find_or_add("listen");
  dataset.events = read_events();
  dataset.fields.push_back(read_friends());
  dataset.fields.push_back(read_tags());
  return dataset;
}

// Haina first, then each of its models, on the test part; everything is printed.
std::vector<ModelEvaluation> train_and_evaluate(const Dataset& dataset, const Config& config, const Split& split,
                                                const std::string& name) {
  const HeldOut test = held_out(dataset, split, Stage::kTest);
  const auto model = train_model(dataset, config, split, {});
  EXPECT_TRUE(model) << (model ? "" : to_text(model.error()));
  std::vector<NamedScorer> parts;
  for (const NamedExpert& expert : model->experts) {
    parts.emplace_back(expert.name,
                       [&expert](std::span<const UserState> users) { return expert.expert->score(users); });
  }
  if (model->network) {
    parts.emplace_back(kNetworkName, [&](std::span<const UserState> users) { return model->network->score(users); });
  }
  const auto blend = [&](std::span<const at::Tensor> scores, std::span<const UserState> users) {
    return model->ranker.score(scores, users);
  };
  auto models = evaluate_blend({name, blend}, parts, test, {});
  EXPECT_TRUE(models) << (models ? "" : to_text(models.error()));
  std::printf("%s: leaks %s, curve %s\nranker %s\nseconds %s\n", name.c_str(), model->about["leaks"].dump().c_str(),
              model->about["curve"].dump().substr(0, 1500).c_str(), model->ranker.to_json().dump().c_str(),
              model->about["seconds"].dump().c_str());
  for (const ModelEvaluation& evaluation : *models) {
    std::printf("%-28s ndcg@10 %.4f [%.4f, %.4f]  ndcg@20 %.4f  recall@20 %.4f  %.1f s\n", evaluation.name.c_str(),
                evaluation.metrics.at("ndcg@10").value, evaluation.metrics.at("ndcg@10").low,
                evaluation.metrics.at("ndcg@10").high, evaluation.metrics.at("ndcg@20").value,
                evaluation.metrics.at("recall@20").value, evaluation.seconds);
  }
  return std::move(*models);
}

TEST(Lastfm, FusionBeatsEveryExpertAndTagsHelpBeyondTheirInterval) {
  if (!fs::exists(data_folder())) {
    GTEST_SKIP() << "NOT CHECKED: no " << data_folder() << "; set HAINA_DATA to the folder of the data sets";
  }
  const Dataset dataset = read_lastfm();
  ASSERT_EQ(dataset.events.size(), 92834);
  Config config;
  config.split.by = SplitBy::kFiles;
  config.train.network_params = {{"width", 128}};  // half the training time of the default 256
  const Split split = *make_split(dataset, config.split);
  const std::vector<ModelEvaluation> all = train_and_evaluate(dataset, config, split, "haina");
  for (size_t m = 1; m < all.size(); ++m) {
    EXPECT_GT(all[0].metrics.at("ndcg@10").value, all[m].metrics.at("ndcg@10").value) << all[m].name;
  }
  Config without = config;
  without.train.exclude = {"tags"};
  const std::vector<ModelEvaluation> reduced = train_and_evaluate(dataset, without, split, "haina without tags");
  const Ablation ablation = ablate("tags", all[0], reduced[0], "ndcg@10");
  std::printf("without tags: %.4f [%.4f, %.4f]\n", ablation.paired.delta.value, ablation.paired.delta.low,
              ablation.paired.delta.high);
  EXPECT_LT(ablation.paired.delta.high, 0);
}

}  // namespace
}  // namespace haina
