// The article's network through the whole pipeline: pairs with answers, and probabilities that know how much of the
// catalog a user likes.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/seed.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

// 80 people of whom each likes one to three of four colours, and 400 things of one colour each. An answer is 1 for a
// liked colour and 0 for another.
void write_answers(const fs::path& folder) {
  const char* const colours[] = {"red", "green", "blue", "grey"};
  std::ofstream people(folder / "people.csv"), things(folder / "things.csv");
  const char* const parts[] = {"train", "validation", "test"};
  std::ofstream answers[] = {std::ofstream(folder / "train.csv"), std::ofstream(folder / "validation.csv"),
                             std::ofstream(folder / "test.csv")};
  people << "person,likes\n";
  things << "thing,colour\n";
  for (std::ofstream& file : answers) {
    file << "person,thing,liked\n";
  }
  for (int thing = 0; thing < 400; ++thing) {
    things << "t" << thing << "," << colours[thing % 4] << "\n";
  }
  RandomStream random(5, "article_test");
  for (int person = 0; person < 80; ++person) {
    const int liked = 1 + person % 14;  // 1 to 14: never none, never all
    people << "p" << person << ",";
    const char* bar = "";
    for (int colour = 0; colour < 4; ++colour) {
      if ((liked >> colour & 1) != 0) {
        people << bar << colours[colour];
        bar = "|";
      }
    }
    people << "\n";
    for (int answer = 0; answer < 40; ++answer) {
      const auto thing = static_cast<int>(random.below(400));
      answers[answer % 8 < 6 ? 0 : answer % 8 - 5] << "p" << person << ",t" << thing << "," << (liked >> thing % 4 & 1)
                                                   << "\n";
    }
  }
  std::ofstream config(folder / "haina.toml");
  config << R"([project]
goal = ["liked >= 1"]
[[source]]
name = "people"
kind = "users"
path = "people.csv"
columns = { user = "person", likes = "tags:|" }
[[source]]
name = "things"
kind = "items"
path = "things.csv"
columns = { item = "thing", colour = "category" }
[split]
by = "files"
[train]
network = "article"
network_params = { history = 0, epochs = 20, learning_rate = 0.002 }
)";
  for (const char* const part : parts) {
    config << "[[source]]\nname = \"" << part << "_answers\"\nkind = \"events\"\norder = \"none\"\npart = \"" << part
           << "\"\npath = \"" << part
           << ".csv\"\ncolumns = { user = \"person\", item = \"thing\", value = \"liked\" }\n";
  }
}

TEST(Article, StandsAloneAndTellsPairsApartBetterThanTheRankersScores) {
  const fs::path folder = fs::temp_directory_path() / ("haina_article_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  write_answers(folder);
  const auto config = load_config(folder);
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const auto trained = run_train(*dataset, *config, {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  const auto model = load_model(*trained, *dataset, *config);
  ASSERT_TRUE(model) << to_text(model.error());
  EXPECT_EQ(model->names(), std::vector<std::string>{"network"}) << "no experts beside it unless they are named";
  ASSERT_TRUE(model->network);
  EXPECT_EQ(model->network->form(), NetworkForm::kArticle);
  EXPECT_EQ(model->network->item_sources(), std::vector<std::string>{"things.colour"}) << "no ids";

  // By what it is told, not by what people had: whoever likes red gets red.
  const UserState red = {.profile = {{"people.likes", "red"}}};
  const at::Tensor scores = model->network->score({&red, 1})[0];
  double reds = 1e9, others = -1e9;
  for (int32_t thing = 0; thing < dataset->items.size(); ++thing) {
    const bool is_red = std::stoi(std::string(dataset->items.name(thing).substr(1))) % 4 == 0;
    double& bound = is_red ? reds : others;
    bound = is_red ? std::min(reds, scores[thing].item<double>()) : std::max(others, scores[thing].item<double>());
  }
  EXPECT_GT(reds, others);

  EXPECT_EQ(model->about.at("calibration").at("scores"), "network");
  EXPECT_EQ(model->about.at("calibration").at("negatives"), "observed");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace haina
