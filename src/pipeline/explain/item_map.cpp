#include "pipeline/explain/item_map.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "base/seed.h"
#include "data/word_bags.h"

namespace haina {
namespace {

using nlohmann::json;

constexpr int64_t kShownItems = 1500, kMostClusters = 12;
constexpr int64_t kIterations = 50;
constexpr size_t kWords = 3, kTypical = 3;
constexpr int64_t kFewestWithWord = 3;  // items of a cluster
constexpr uint64_t kSeed = 7;

// The squared distance of each row to its nearest centre, float32 [n].
at::Tensor nearest_distance(const at::Tensor& rows, const at::Tensor& centres) {
  return std::get<0>(at::cdist(rows, centres).min(1)).square();
}

// One row of words an item: values of tags and categories; where no item has any, words of texts.
class ItemWords {
 public:
  explicit ItemWords(const Dataset& dataset) : words_(static_cast<size_t>(dataset.items.size())) {
    for (const Field& field : dataset.fields) {
      const bool tags = field.type == FieldType::kTags && field.target == Field::Target::kValues;
      if (field.side == Side::kItem && (tags || field.type == FieldType::kCategory)) {
        add_values(field);
      }
    }
    if (names_.size() == 0) {
      for (const Field& field : dataset.fields) {
        if (field.side == Side::kItem && field.type == FieldType::kText) {
          const Csr bags = learn_words(field.texts, "none", Grams::kWords, names_);
          for (int64_t r = 0; r < bags.num_rows(); ++r) {
            words_[static_cast<size_t>(r)].insert(words_[static_cast<size_t>(r)].end(), bags.row(r).begin(),
                                                  bags.row(r).end());
          }
        }
      }
    }
    held_by_.assign(static_cast<size_t>(names_.size()), 0);
    for (std::vector<int32_t>& words : words_) {
      std::ranges::sort(words);
      words.erase(std::ranges::unique(words).begin(), words.end());
      for (const int32_t word : words) {
        ++held_by_[static_cast<size_t>(word)];
      }
    }
  }

  // The most telling words of some items, with the share of these items that have each.
  std::vector<std::pair<std::string, double>> of(std::span<const int64_t> items) const {
    std::vector<int64_t> here(held_by_.size(), 0);
    for (const int64_t item : items) {
      for (const int32_t word : words_[static_cast<size_t>(item)]) {
        ++here[static_cast<size_t>(word)];
      }
    }
    const auto all = static_cast<double>(words_.size()), size = static_cast<double>(items.size());
    const auto share = [&](int32_t word) { return static_cast<double>(here[static_cast<size_t>(word)]) / size; };
    std::vector<std::pair<double, int32_t>> telling;
    for (int32_t word = 0; word < std::ssize(here); ++word) {
      const auto everywhere = static_cast<double>(held_by_[static_cast<size_t>(word)]);
      if (here[static_cast<size_t>(word)] >= kFewestWithWord && share(word) > everywhere / all) {
        telling.emplace_back(-share(word) * std::log(all / everywhere), word);
      }
    }
    std::ranges::sort(telling);
    std::vector<std::pair<std::string, double>> words;
    for (size_t w = 0; w < std::min(telling.size(), kWords); ++w) {
      words.emplace_back(names_.name(telling[w].second), share(telling[w].second));
    }
    return words;
  }

 private:
  void add_values(const Field& field) {
    const int64_t rows = std::min(field.num_rows, std::ssize(words_));
    for (int64_t r = 0; r < rows; ++r) {
      const auto add = [&](int32_t value) {
        words_[static_cast<size_t>(r)].push_back(names_.find_or_add(field.values.name(value)));
      };
      if (field.type == FieldType::kTags) {
        std::ranges::for_each(field.bags.row(r), add);
      } else if (const int32_t code = field.codes.const_data_ptr<int32_t>()[r]; code >= 0) {
        add(code);
      }
    }
  }

  Vocabulary names_;
  std::vector<std::vector<int32_t>> words_;  // of each item, ascending
  std::vector<int64_t> held_by_;             // items that have each word
};

// float32 [items, 2], and the share of the variance in it.
std::pair<at::Tensor, double> plane_of(const at::Tensor& vectors) {
  const at::Tensor centred = (vectors - vectors.mean(0)).to(at::kDouble);
  const auto [values, directions] = at::linalg_eigh(at::matmul(centred.t(), centred));
  const int64_t width = vectors.size(1);
  const at::Tensor largest = at::tensor(std::vector<int64_t>{width - 1, std::max<int64_t>(0, width - 2)}, at::kLong);
  at::Tensor chosen = directions.index_select(1, largest);
  // The sign of a component says nothing; the largest cell of each is made positive, so that maps do not flip.
  const at::Tensor peak = chosen.gather(0, chosen.abs().argmax(0, true));
  chosen = chosen * peak.sign();
  at::Tensor plane = at::matmul(centred, chosen);
  plane = (plane / plane.abs().amax(0).clamp_min(1e-9)).to(at::kFloat).contiguous();
  const double explained = (values.index_select(0, largest).sum() / values.sum().clamp_min(1e-12)).item<double>();
  return {plane, explained};
}

// One entry a cluster, the largest first; rows_of: the items of each, in that order.
json clusters_json(const Dataset& dataset, const at::Tensor& vectors, const at::Tensor& plane,
                   const std::vector<std::vector<int64_t>>& rows_of) {
  const ItemWords words(dataset);
  json clusters = json::array();
  for (size_t c = 0; c < rows_of.size(); ++c) {
    const at::Tensor rows = at::tensor(rows_of[c], at::kLong);
    const at::Tensor members = vectors.index_select(0, rows), centre = members.mean(0);
    const at::Tensor middle = plane.index_select(0, rows).mean(0).contiguous();
    const auto count = std::min<int64_t>(kTypical, members.size(0));
    const at::Tensor nearest = std::get<1>(at::mv(members, centre).topk(count)).contiguous();
    json typical = json::array(), said = json::array();
    for (int64_t t = 0; t < count; ++t) {
      typical.push_back(
          dataset.titles[static_cast<size_t>(rows_of[c][static_cast<size_t>(nearest.const_data_ptr<int64_t>()[t])])]);
    }
    std::string name;
    for (const auto& [word, share] : words.of(rows_of[c])) {
      name += (name.empty() ? "" : ", ") + word;
      said.push_back({{"word", word}, {"share", share}});
    }
    clusters.push_back({{"number", c + 1},
                        {"name", name.empty() ? typical.front().get<std::string>() : name},
                        {"words", std::move(said)},
                        {"items", rows_of[c].size()},
                        {"x", middle.const_data_ptr<float>()[0]},
                        {"y", middle.const_data_ptr<float>()[1]},
                        {"typical", std::move(typical)}});
  }
  return clusters;
}

}  // namespace

at::Tensor k_means(const at::Tensor& rows, int64_t clusters, uint64_t seed) {
  HAINA_ASSERT(rows.dim() == 2 && rows.size(0) >= clusters && clusters > 0);
  RandomStream random(seed, "explain/k-means");
  at::Tensor centres = rows.select(0, random.below(rows.size(0))).unsqueeze(0);
  while (centres.size(0) < clusters) {
    const at::Tensor sums = nearest_distance(rows, centres).to(at::kDouble).cumsum(0).contiguous();
    const double* const begin = sums.const_data_ptr<double>();
    const double* const drawn =
        std::upper_bound(begin, begin + rows.size(0), random.uniform() * begin[rows.size(0) - 1]);
    const int64_t row = std::min<int64_t>(drawn - begin, rows.size(0) - 1);
    centres = at::cat({centres, rows.select(0, row).unsqueeze(0)});
  }
  at::Tensor cluster;
  for (int64_t iteration = 0; iteration < kIterations; ++iteration) {
    const at::Tensor next = at::cdist(rows, centres).argmin(1);
    if (cluster.defined() && next.equal(cluster)) {
      break;
    }
    cluster = next;
    const at::Tensor members = at::one_hot(cluster, clusters).to(at::kFloat);
    const at::Tensor counts = members.sum(0).unsqueeze(1);
    centres = at::where(counts > 0, at::mm(members.t(), rows) / counts.clamp_min(1), centres);
  }
  return cluster;
}

json item_map(const Dataset& dataset, const Model& model) {
  if (!model.network || dataset.items.size() < 2) {
    return nullptr;
  }
  const at::Tensor vectors = model.network->item_vectors().to(at::kFloat);
  const int64_t items = vectors.size(0);
  const auto root = static_cast<int64_t>(std::sqrt(static_cast<double>(items) / 2));
  const int64_t clusters = std::clamp<int64_t>(root, 1, kMostClusters);
  const at::Tensor cluster = k_means(vectors, clusters, kSeed).contiguous();
  std::vector<std::vector<int64_t>> rows_of(static_cast<size_t>(clusters));
  for (int64_t i = 0; i < items; ++i) {
    rows_of[static_cast<size_t>(cluster.const_data_ptr<int64_t>()[i])].push_back(i);
  }
  std::erase_if(rows_of, [](const auto& rows) { return rows.empty(); });
  std::ranges::stable_sort(rows_of, std::greater(), [](const auto& rows) { return rows.size(); });
  std::vector<size_t> number(static_cast<size_t>(items));
  for (size_t c = 0; c < rows_of.size(); ++c) {
    for (const int64_t row : rows_of[c]) {
      number[static_cast<size_t>(row)] = c + 1;
    }
  }
  const auto [plane, explained] = plane_of(vectors);
  json shown = json::array();
  const int64_t count = std::min(items, kShownItems);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = i * items / count;
    shown.push_back({{"item", std::string(dataset.items.name(static_cast<int32_t>(row)))},
                     {"title", dataset.titles[static_cast<size_t>(row)]},
                     {"x", plane.const_data_ptr<float>()[row * 2]},
                     {"y", plane.const_data_ptr<float>()[row * 2 + 1]},
                     {"cluster", number[static_cast<size_t>(row)]}});
  }
  return {{"explained", explained},
          {"clusters", clusters_json(dataset, vectors, plane, rows_of)},
          {"items", std::move(shown)}};
}

}  // namespace haina
