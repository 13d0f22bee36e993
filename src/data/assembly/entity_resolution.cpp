#include "data/assembly/entity_resolution.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include "base/suggest.h"
#include "data/assembly/id_map.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr double kSecondName = 0.01;   // a name in parentheses is a little less sure
constexpr double kYearUnknown = 0.02;  // on one side alone
constexpr double kYearBeside = 0.02;   // release in two countries
constexpr double kYearOther = 0.25;    // a remake
constexpr size_t kCommonWord = 200;    // rows beyond which a word finds nothing by itself

icu::UnicodeString normalised(std::string_view text, bool compose) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer =
      compose ? icu::Normalizer2::getNFKCInstance(code) : icu::Normalizer2::getNFKDInstance(code);
  icu::UnicodeString unicode =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  if (U_SUCCESS(code)) {
    const icu::UnicodeString result = normalizer->normalize(unicode, code);
    unicode = U_SUCCESS(code) ? result : unicode;
  }
  return unicode.foldCase();
}

// Words of letters and digits; apostrophes and accents join, everything else parts. "&" is "and".
std::vector<std::string> title_words(std::string_view text) {
  const icu::UnicodeString unicode = normalised(text, false);
  std::vector<std::string> words;
  icu::UnicodeString word;
  const auto flush = [&] {
    if (!word.isEmpty()) {
      words.emplace_back();
      word.toUTF8String(words.back());
      word.remove();
    }
  };
  for (int32_t i = 0; i < unicode.length(); i = unicode.moveIndex32(i, 1)) {
    const UChar32 c = unicode.char32At(i);
    if (u_isalnum(c)) {
      word.append(c);
    } else if (c == '&') {
      flush();
      words.emplace_back("and");
    } else if (c != '\'' && c != 0x2019 && u_charType(c) != U_NON_SPACING_MARK) {
      flush();
    }
  }
  flush();
  return words;
}

// "matrix, the" is "the matrix": an article after the last comma goes to the front.
std::string with_article_in_front(std::string_view text) {
  static const std::set<std::string> articles = {"the", "a",   "an",  "la",  "le",  "les", "l",  "el", "il",
                                                 "lo",  "los", "las", "das", "der", "die", "un", "une"};
  const size_t comma = text.rfind(',');
  std::vector<std::string> words = title_words(text.substr(0, comma));
  if (comma != std::string_view::npos) {
    std::vector<std::string> last = title_words(text.substr(comma));
    const bool article = last.size() == 1 && articles.contains(last[0]);
    words.insert(article ? words.begin() : words.end(), last.begin(), last.end());
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::optional<int> year_of(std::string_view text) {
  if (text.size() != 4 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  const int year = std::stoi(std::string(text));
  return year >= 1800 && year <= 2200 ? std::optional(year) : std::nullopt;
}

// Sorted trigrams of bytes, with the edges as blanks.
std::vector<uint32_t> trigrams_of(const std::string& text) {
  const std::string padded = "  " + text + " ";
  std::vector<uint32_t> trigrams;
  for (size_t i = 0; i + 2 < padded.size(); ++i) {
    const auto byte = [&](size_t at) { return static_cast<uint32_t>(static_cast<uint8_t>(padded[at])); };
    trigrams.push_back(byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2));
  }
  std::ranges::sort(trigrams);
  return trigrams;
}

double dice(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
  size_t shared = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++shared, ++i, ++j;
    } else {
      ++(a[i] < b[j] ? i : j);
    }
  }
  return 2.0 * static_cast<double>(shared) / static_cast<double>(a.size() + b.size());
}

struct Prepared {
  NormalTitle title;
  std::vector<std::vector<uint32_t>> trigrams;  // of each variant
};

Prepared prepared_of(NormalTitle title) {
  Prepared prepared{std::move(title), {}};
  for (const std::string& variant : prepared.title.variants) {
    prepared.trigrams.push_back(trigrams_of(variant));
  }
  return prepared;
}

double similarity_of(const Prepared& a, const Prepared& b) {
  double best = 0;
  for (size_t i = 0; i < a.trigrams.size(); ++i) {
    for (size_t j = 0; j < b.trigrams.size(); ++j) {
      best = std::max(best, dice(a.trigrams[i], b.trigrams[j]) - (i > 0 ? kSecondName : 0) - (j > 0 ? kSecondName : 0));
    }
  }
  const auto& [x, y] = std::pair(a.title.year, b.title.year);
  if (x && y) {
    best -= *x == *y ? 0 : std::abs(*x - *y) == 1 ? kYearBeside : kYearOther;
  } else if (x || y) {
    best -= kYearUnknown;
  }
  return std::max(0.0, best);
}

std::vector<Prepared> prepare_titles(const std::vector<Named>& rows) {
  std::vector<Prepared> prepared;
  for (const Named& row : rows) {
    NormalTitle title = normal_title(row.text);
    title.year = title.year ? title.year : row.year;
    prepared.push_back(prepared_of(std::move(title)));
  }
  return prepared;
}

std::set<std::string> words_of(const NormalTitle& title) {
  std::set<std::string> words;
  for (const std::string& variant : title.variants) {
    for (size_t at = 0; at < variant.size();) {
      const size_t end = std::min(variant.find(' ', at), variant.size());
      words.insert(variant.substr(at, end - at));
      at = end + 1;
    }
  }
  return words;
}

}  // namespace

std::string normal_key(std::string_view text) {
  const icu::UnicodeString unicode = normalised(text, true);
  icu::UnicodeString kept;
  for (int32_t i = 0; i < unicode.length(); i = unicode.moveIndex32(i, 1)) {
    if (const UChar32 c = unicode.char32At(i); u_isalnum(c)) {
      kept.append(c);
    }
  }
  std::string key;
  kept.toUTF8String(key);
  return key;
}

NormalTitle normal_title(std::string_view text) {
  NormalTitle title;
  std::string outside;
  std::vector<std::string> inside;
  for (size_t at = 0; at < text.size();) {
    const size_t open = std::min(text.find('(', at), text.size());
    const size_t close = text.find(')', open);
    if (open == text.size() || close == std::string_view::npos) {
      outside += text.substr(at);
      break;
    }
    outside += text.substr(at, open - at);
    std::string_view within = text.substr(open + 1, close - open - 1);
    if (const auto year = year_of(within)) {
      title.year = year;
    } else {
      within.remove_prefix(within.starts_with("a.k.a. ") ? 7 : 0);
      inside.emplace_back(within);
    }
    at = close + 1;
  }
  inside.insert(inside.begin(), outside);
  for (const std::string& name : inside) {
    std::string variant = with_article_in_front(name);
    if (!variant.empty() && std::ranges::find(title.variants, variant) == title.variants.end()) {
      title.variants.push_back(std::move(variant));
    }
  }
  return title;
}

double title_similarity(const NormalTitle& a, const NormalTitle& b) {
  return similarity_of(prepared_of(a), prepared_of(b));
}

std::vector<AlignedPair> pairs_by_key(const std::vector<Named>& from, const std::vector<Named>& to) {
  std::unordered_map<std::string, size_t> rows;
  for (size_t t = 0; t < to.size(); ++t) {
    rows.try_emplace(normal_key(to[t].text), t);
  }
  rows.erase("");
  std::vector<AlignedPair> pairs;
  for (size_t f = 0; f < from.size(); ++f) {
    if (const auto found = rows.find(normal_key(from[f].text)); found != rows.end()) {
      pairs.push_back({f, found->second, 1});
      rows.erase(found);
    }
  }
  return pairs;
}

std::vector<AlignedPair> pairs_by_title(const std::vector<Named>& from, const std::vector<Named>& to,
                                        double threshold) {
  const std::vector<Prepared> left = prepare_titles(from);
  const std::vector<Prepared> right = prepare_titles(to);
  // Only rows that share a rare word, or a whole name, are compared.
  std::unordered_map<std::string, std::vector<size_t>> of_word, of_name;
  for (size_t t = 0; t < right.size(); ++t) {
    for (const std::string& word : words_of(right[t].title)) {
      of_word[word].push_back(t);
    }
    for (const std::string& name : right[t].title.variants) {
      of_name[name].push_back(t);
    }
  }
  std::vector<AlignedPair> candidates;
  for (size_t f = 0; f < left.size(); ++f) {
    std::set<size_t> near;
    for (const std::string& word : words_of(left[f].title)) {
      if (const auto found = of_word.find(word); found != of_word.end() && found->second.size() <= kCommonWord) {
        near.insert(found->second.begin(), found->second.end());
      }
    }
    for (const std::string& name : left[f].title.variants) {
      if (const auto found = of_name.find(name); found != of_name.end()) {
        near.insert(found->second.begin(), found->second.end());
      }
    }
    for (const size_t t : near) {
      if (const double similarity = similarity_of(left[f], right[t]); similarity >= threshold) {
        candidates.push_back({f, t, similarity});
      }
    }
  }
  std::ranges::stable_sort(candidates, std::greater(), &AlignedPair::similarity);
  std::vector<bool> used_left(from.size(), false), used_right(to.size(), false);
  std::erase_if(candidates, [&](const AlignedPair& pair) {
    if (used_left[pair.from] || used_right[pair.to]) {
      return true;
    }
    used_left[pair.from] = used_right[pair.to] = true;
    return false;
  });
  return candidates;
}

namespace {

Result<SourceTable*> source_named(const std::string& name, const AlignConfig& align, std::vector<SourceTable>& tables) {
  std::vector<std::string> known;
  for (SourceTable& source : tables) {
    if (source.config->name == name) {
      return &source;
    }
    known.push_back(source.config->name);
  }
  return fail({ErrorCode::kInvalidArgument, fmt::format("[[align]] names the source '{}', which is not there", name),
               align.place, did_you_mean(name, known)});
}

std::string cell_text(const arrow::Array& cells, int64_t row) {
  if (cells.IsNull(row)) {
    return "";
  }
  if (cells.type_id() == arrow::Type::DOUBLE) {
    return fmt::format("{}", static_cast<const arrow::DoubleArray&>(cells).Value(row));
  }
  const bool text = cells.type_id() == arrow::Type::LARGE_STRING || cells.type_id() == arrow::Type::DICTIONARY;
  return text ? std::string(text_at(&cells, row)) : "";
}

// Every id of one side once, with its text and year.
Result<std::vector<Named>> named_rows(const SourceTable& source, const AlignConfig& align, const std::string& column,
                                      const std::string& year) {
  const std::string role = align.side == Side::kUser ? "user" : "item";
  std::vector<std::string> known;
  const auto cells_of = [&](const std::string& wanted) -> Result<const arrow::Array*> {
    for (const ColumnConfig& c : source.config->columns) {
      const std::string& name = c.role.empty() ? c.column : c.role;
      if (c.column == wanted || c.role == wanted) {
        if (const arrow::Array* const cells = column_of(*source.table, name)) {
          return cells;
        }
      }
      known.push_back(c.column);
    }
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("[[align]] asks source '{}' for the column '{}', which it does not read",
                             source.config->name, wanted),
                 align.place, did_you_mean(wanted, known)});
  };
  HAINA_TRY(const arrow::Array* const ids, cells_of(role));
  HAINA_TRY(const arrow::Array* const texts, cells_of(column.empty() ? role : column));
  const arrow::Array* years = nullptr;
  if (!year.empty()) {
    HAINA_TRY(years, cells_of(year));
  }
  std::vector<Named> rows;
  std::set<std::string_view> seen;
  for (int64_t r = 0; r < ids->length(); ++r) {
    if (const std::string_view id = text_at(ids, r); seen.insert(id).second) {
      rows.push_back(
          {std::string(id), cell_text(*texts, r), years == nullptr ? std::nullopt : year_of(cell_text(*years, r))});
    }
  }
  return rows;
}

}  // namespace

Status align_sources(const Config& config, std::vector<SourceTable>& tables, QualityReport& quality) {
  for (const AlignConfig& align : config.align) {
    HAINA_TRY(SourceTable* const source, source_named(align.source, align, tables));
    HAINA_TRY(SourceTable* const target, source_named(align.to, align, tables));
    HAINA_TRY(const std::vector<Named> from, named_rows(*source, align, align.column, align.year));
    HAINA_TRY(const std::vector<Named> to, named_rows(*target, align, align.to_column, align.to_year));
    const std::vector<AlignedPair> pairs =
        align.by == "key" ? pairs_by_key(from, to) : pairs_by_title(from, to, align.threshold);
    IdMap map;
    nlohmann::json decisions = nlohmann::json::array();
    for (const AlignedPair& pair : pairs) {
      const Named& one = from[pair.from];
      const Named& other = to[pair.to];
      map[one.id] = other.id;
      decisions.push_back({one.id, other.id, std::round(pair.similarity * 1000) / 1000});
      quality.count("aligned", align.source, [&] {
        return fmt::format("{} '{}' is {} '{}' ({:.3f})", one.id, one.text, other.id, other.text, pair.similarity);
      });
    }
    for (const Named& row : from) {
      if (map.try_emplace(row.id, fmt::format("{}:{}", align.source, row.id)).second) {
        quality.count("without a counterpart", align.source, [&] { return fmt::format("{} '{}'", row.id, row.text); });
      }
    }
    quality.alignments.push_back(
        {{"source", align.source}, {"to", align.to}, {"by", align.by}, {"rows", from.size()}, {"pairs", decisions}});
    HAINA_TRY(source->table,
              rewrite_ids(source->table, *source->config, align.side, map, Unmapped::kKeep, [](std::string_view) {}));
  }
  return ok();
}

}  // namespace haina
