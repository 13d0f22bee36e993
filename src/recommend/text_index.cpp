#include "recommend/text_index.h"

#include <ATen/ATen.h>
#include <xapian.h>

#include <mutex>

#include "text/tokenizer.h"

namespace haina {
namespace {

constexpr size_t kLongestTerm = 200;  // bytes; Xapian's limit is 245

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

struct TextIndex::State {
  explicit State(const std::string& language) : tokenize(language) {}
  std::vector<std::string> words_of(std::string_view text) const {
    std::vector<std::string> words = tokenize(text);
    std::erase_if(words, [](const std::string& word) { return word.empty() || word.size() > kLongestTerm; });
    return words;
  }
  mutable std::mutex mutex;  // neither Xapian's handles nor the tokenizer are safe for threads
  Tokenizer tokenize;
  Xapian::WritableDatabase database{std::string(), Xapian::DB_BACKEND_INMEMORY};
};

TextIndex::TextIndex(const std::string& language) : state_(std::make_unique<State>(language)) {}
TextIndex::TextIndex(TextIndex&&) noexcept = default;
TextIndex& TextIndex::operator=(TextIndex&&) noexcept = default;
TextIndex::~TextIndex() = default;

TextIndex TextIndex::of(const Dataset& dataset) {
  TextIndex index(guess_language(dataset.titles));
  for (int32_t item = 0; item < dataset.items.size(); ++item) {
    index.put(item, texts_of(dataset, item));
  }
  return index;
}

void TextIndex::put(int32_t item, const std::vector<std::string_view>& texts) {
  const std::scoped_lock lock(state_->mutex);
  Xapian::Document document;
  for (const std::string_view text : texts) {
    for (const std::string& word : state_->words_of(text)) {
      document.add_term(word);
    }
  }
  state_->database.replace_document(static_cast<Xapian::docid>(item) + 1, document);
}

void TextIndex::remove(int32_t item) {
  const std::scoped_lock lock(state_->mutex);
  const auto document = static_cast<Xapian::docid>(item) + 1;
  if (document <= state_->database.get_lastdocid()) {
    try {
      state_->database.delete_document(document);
    } catch (const Xapian::DocNotFoundError&) {  // it was removed before
    }
  }
}

at::Tensor TextIndex::match(const std::string& query, int64_t items) const {
  at::Tensor match = at::zeros({items}, at::kFloat);
  const std::scoped_lock lock(state_->mutex);
  const std::vector<std::string> words = state_->words_of(query);
  if (words.empty()) {
    return match;
  }
  Xapian::Enquire enquire(state_->database);
  enquire.set_query(Xapian::Query(Xapian::Query::OP_OR, words.begin(), words.end()));
  enquire.set_weighting_scheme(Xapian::BM25Weight());
  const Xapian::MSet found = enquire.get_mset(0, static_cast<Xapian::doccount>(items));
  const double largest = found.get_max_attained();
  for (auto hit = found.begin(); hit != found.end() && largest > 0; ++hit) {
    if (const auto item = static_cast<int64_t>(*hit) - 1; item < items) {
      match.data_ptr<float>()[item] = static_cast<float>(hit.get_weight() / largest);
    }
  }
  return match;
}

}  // namespace haina
