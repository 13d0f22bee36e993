#include "pipeline/query_index.h"

#include <cmath>
#include <set>
#include <string_view>

#include "data/words.h"

namespace haina {
namespace {

std::vector<std::string_view> texts_of(const Dataset& dataset, int32_t item) {
  std::vector<std::string_view> texts = {dataset.titles[static_cast<size_t>(item)]};
  for (const Field& field : dataset.fields) {
    if (field.side != Side::kItem) {
      continue;
    }
    if (field.type == FieldType::kText) {
      texts.push_back(field.texts[static_cast<size_t>(item)]);
    } else if (field.type == FieldType::kCategory && field.codes.const_data_ptr<int32_t>()[item] >= 0) {
      texts.push_back(field.values.name(field.codes.const_data_ptr<int32_t>()[item]));
    } else if (field.type == FieldType::kTags) {
      for (const int32_t value : field.bags.row(item)) {
        texts.push_back(field.values.name(value));
      }
    }
  }
  return texts;
}

}  // namespace

QueryIndex::QueryIndex(const Dataset& dataset)
    : num_items_(dataset.items.size()), language_(guess_language(dataset.titles)) {
  const WordCutter words_of(language_);
  for (int32_t item = 0; item < num_items_; ++item) {
    for (const std::string_view text : texts_of(dataset, item)) {
      for (std::string& word : words_of(text)) {
        std::vector<int32_t>& items = holders_[std::move(word)];
        if (items.empty() || items.back() != item) {
          items.push_back(item);
        }
      }
    }
  }
}

at::Tensor QueryIndex::match(const std::string& query) const {
  const std::vector<std::string> listed = WordCutter(language_)(query);
  const std::set<std::string> wanted(listed.begin(), listed.end());
  at::Tensor match = at::zeros({num_items_}, at::kFloat);
  std::vector<std::pair<double, const std::vector<int32_t>*>> found;
  double total = 0;
  for (const std::string& word : wanted) {
    if (const auto holders = holders_.find(word); holders != holders_.end()) {
      const double items = static_cast<double>(num_items_), holding = static_cast<double>(holders->second.size());
      found.emplace_back(std::log(1 + items / holding), &holders->second);
      total += found.back().first;
    }
  }
  for (const auto& [weight, items] : found) {
    for (const int32_t item : *items) {
      match.data_ptr<float>()[item] += static_cast<float>(weight / total);
    }
  }
  return match;
}

}  // namespace haina
