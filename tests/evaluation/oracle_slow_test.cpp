// The metrics against ranx and scikit-learn on real rankings: popularity on the published u1 split of MovieLens 100K.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.h"
#include "evaluation/evaluate.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int32_t kUsers = 943, kItems = 1682;

struct Output {
  int status = -1;
  std::string text;
};

Output run(const std::string& command) {
  Output output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    return output;
  }
  std::array<char, 4096> buffer;
  for (size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.text.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

std::string shell_word(const fs::path& path) { return "'" + path.string() + "'"; }

fs::path data_folder() {
  const char* given = std::getenv("HAINA_DATA");
  return given != nullptr ? fs::path(given) : fs::path(HAINA_SOURCE_DIR) / ".." / "shared" / "data";
}

struct Ratings {
  std::vector<int32_t> users, items;
  std::vector<float> values;
};

// Lines "user \t item \t rating \t time" with ids from 1.
Ratings parse(const std::string& text) {
  Ratings ratings;
  std::istringstream lines(text);
  int32_t user = 0, item = 0;
  float value = 0;
  int64_t time = 0;
  while (lines >> user >> item >> value >> time) {
    ratings.users.push_back(user - 1);
    ratings.items.push_back(item - 1);
    ratings.values.push_back(value);
  }
  return ratings;
}

// The venv with pinned ranx and scikit-learn, made once; empty where no registry can be reached.
fs::path oracle_python() {
  const fs::path folder = fs::path(HAINA_SOURCE_DIR) / "build" / "oracle-venv", python = folder / "bin" / "python";
  if (run(shell_word(python) + " -c 'import ranx, sklearn'").status == 0) {
    return python;
  }
  const fs::path pins = fs::path(HAINA_SOURCE_DIR) / "tests" / "oracle" / "requirements.txt";
  const Output made = run("python3 -m venv " + shell_word(folder) + " && " + shell_word(python) +
                          " -m pip install -q --timeout 20 --retries 1 -r " + shell_word(pins));
  return made.status == 0 ? python : fs::path();
}

json rows_of(const at::Tensor& items) {
  json rows = json::array();
  for (int64_t u = 0; u < items.size(0); ++u) {
    const int32_t* row = items.const_data_ptr<int32_t>() + u * items.size(1);
    json list = json::array();
    std::copy_if(row, row + items.size(1), std::back_inserter(list), [](int32_t item) { return item >= 0; });
    rows.push_back(std::move(list));
  }
  return rows;
}

at::Tensor item_counts(const Ratings& ratings) {
  at::Tensor counts = at::zeros({kItems});
  for (const int32_t item : ratings.items) {
    counts.data_ptr<float>()[item] += 1;
  }
  return counts;
}

// Held out: ratings of 4 and more in the test part; history: all ratings of the training part.
HeldOut held_out_ratings(const Ratings& train, const Ratings& test) {
  std::vector<UserState> states(kUsers);
  for (size_t i = 0; i < train.users.size(); ++i) {
    states[static_cast<size_t>(train.users[i])].history.push_back({.item = ItemId{train.items[i]}});
  }
  std::vector<int32_t> rows, columns, row_of_user(kUsers, -1);
  HeldOut held_out;
  for (size_t i = 0; i < test.users.size(); ++i) {
    if (test.values[i] >= 4) {
      int32_t& row = row_of_user[static_cast<size_t>(test.users[i])];
      if (row < 0) {
        row = static_cast<int32_t>(held_out.users.size());
        held_out.users.push_back(states[static_cast<size_t>(test.users[i])]);
      }
      rows.push_back(row);
      columns.push_back(test.items[i]);
    }
  }
  held_out.truth = csr_from_coordinates(std::ssize(held_out.users), kItems, rows, columns,
                                        std::vector<float>(rows.size(), 1), Repeats::kMax);
  return held_out;
}

// "lists", "truth", "metrics" and "auc" as check_metrics.py reads them.
json ranking_data(const HeldOut& held_out, const ModelEvaluation& model, const at::Tensor& scores) {
  const auto numbers = [](const at::Tensor& column) {
    return std::vector<double>(column.const_data_ptr<double>(), column.const_data_ptr<double>() + column.numel());
  };
  json data = {{"lists", rows_of(model.lists.items)}, {"truth", json::array()}, {"metrics", json::object()}};
  json seen = json::array();
  for (int64_t u = 0; u < held_out.truth.num_rows(); ++u) {
    const std::span<const int32_t> row = held_out.truth.row(u);
    data["truth"].push_back(std::vector<int32_t>(row.begin(), row.end()));
    std::vector<int32_t> items;
    for (const UserEvent& event : held_out.users[static_cast<size_t>(u)].history) {
      items.push_back(row_of(event.item));
    }
    seen.push_back(items);
  }
  for (const char* metric : {"precision", "recall", "f1", "hr", "ndcg", "map", "mrr"}) {
    for (const int k : {5, 10, 20}) {
      const std::string name = fmt::format("{}@{}", metric, k);
      data["metrics"][name] = numbers(model.per_user.column(name));
    }
  }
  const float* const score = scores.const_data_ptr<float>();
  data["auc"] = {{"scores", std::vector<float>(score, score + kItems)},
                 {"seen", seen},
                 {"values", numbers(model.per_user.column("auc"))}};
  return data;
}

// Ratings of the test part, with the item's share of training ratings >= 4 (smoothed, with ties) as probability.
json point_data(const Ratings& train, const Ratings& test) {
  std::vector<float> likes(kItems, 1), shown(kItems, 2), labels, probabilities;
  for (size_t i = 0; i < train.users.size(); ++i) {
    likes[static_cast<size_t>(train.items[i])] += train.values[i] >= 4 ? 1.0F : 0.0F;
    shown[static_cast<size_t>(train.items[i])] += 1;
  }
  for (size_t i = 0; i < test.users.size(); ++i) {
    const auto item = static_cast<size_t>(test.items[i]);
    labels.push_back(test.values[i] >= 4 ? 1.0F : 0.0F);
    probabilities.push_back(likes[item] / shown[item]);
  }
  const PointMetrics points = point_metrics(labels, probabilities);
  return {{"labels", labels},
          {"probabilities", probabilities},
          {"groups", test.users},
          {"auc", points.auc},
          {"log_loss", points.log_loss},
          {"accuracy", points.accuracy},
          {"f1", points.f1},
          {"grouped_auc", grouped_auc(test.users, labels, probabilities)}};
}

// Runs check_metrics.py on the data.
Output check_metrics(const fs::path& python, const json& data) {
  std::string folder = (fs::temp_directory_path() / "haina-oracle-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr || !write_text(fs::path(folder) / "rankings.json", data.dump())) {
    return {};
  }
  const fs::path script = fs::path(HAINA_SOURCE_DIR) / "tests" / "oracle" / "check_metrics.py";
  const Output checked = run(shell_word(python) + " " + shell_word(script) + " " + shell_word(folder));
  fs::remove_all(folder);
  return checked;
}

TEST(Oracle, PopularityOnMovieLensEqualsRanxAndScikitLearn) {
  const fs::path folder = data_folder() / "ml-100k";
  if (!fs::exists(folder / "u1.base.gz") || !fs::exists(folder / "u1.test")) {
    GTEST_SKIP() << "NOT CHECKED: no MovieLens 100K in " << folder << "; set HAINA_DATA";
  }
  const fs::path python = oracle_python();
  if (python.empty()) {
    GTEST_SKIP() << "NOT CHECKED: ranx and scikit-learn could not be installed into build/oracle-venv (no registry?)";
  }
  const Output base = run("gzip -dc " + shell_word(folder / "u1.base.gz"));
  ASSERT_EQ(base.status, 0) << base.text;
  const Ratings train = parse(base.text);
  const Result<std::string> test_text = read_text(folder / "u1.test");
  ASSERT_TRUE(test_text);
  const Ratings test = parse(*test_text);
  ASSERT_EQ(train.users.size(), 80000);
  ASSERT_EQ(test.users.size(), 20000);

  const at::Tensor counts = item_counts(train);
  const HeldOut held_out = held_out_ratings(train, test);
  const Scorer popularity = [&](std::span<const UserState> users) {
    return counts.expand({std::ssize(users), kItems}).contiguous();
  };
  const Result<ModelEvaluation> model =
      evaluate_model("popularity", popularity, held_out, {.ks = {5, 10, 20}, .item_counts = counts});
  ASSERT_TRUE(model) << to_text(model.error());
  json data = ranking_data(held_out, *model, counts);
  data["points"] = point_data(train, test);

  const Output checked = check_metrics(python, data);
  EXPECT_EQ(checked.status, 0) << checked.text;
  const size_t summary = checked.text.rfind("comparisons");
  ASSERT_NE(summary, std::string::npos) << checked.text;
  RecordProperty("oracle", checked.text.substr(checked.text.rfind('\n', summary) + 1));
  std::cout << checked.text;
}

}  // namespace
}  // namespace haina
