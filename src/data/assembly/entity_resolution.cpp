#include "data/assembly/entity_resolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/suggest.h"
#include "data/assembly/id_map.h"
#include "data/assembly/title_similarity.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr size_t kCommonWord = 200;  // a word of more rows than this does not make two rows candidates

std::vector<ComparableTitle> comparable_titles(const std::vector<Named>& rows) {
  std::vector<ComparableTitle> titles;
  for (const Named& row : rows) {
    NormalTitle title = normal_title(row.text);
    title.year = title.year ? title.year : row.year;
    titles.emplace_back(std::move(title));
  }
  return titles;
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

Result<SourceTable*> source_named(const std::string& name, const AlignConfig& align, std::vector<SourceTable>& tables) {
  std::vector<std::string> known;
  for (SourceTable& source : tables) {
    if (source.config->name == name) {
      return &source;
    }
    known.push_back(source.config->name);
  }
  return fail({ErrorCode::kInvalidArgument, fmt::format("[[align]] names the unknown source '{}'", name), align.place,
               did_you_mean(name, known)});
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

// Each id of one side once, with its text and year.
Result<std::vector<Named>> named_rows(const SourceTable& source, const AlignConfig& align, const std::string& column,
                                      const std::string& year) {
  const std::string role = align.side == Side::kUser ? "user" : "item";
  std::vector<std::string> known;
  const auto cells_of = [&](const std::string& name) -> Result<const arrow::Array*> {
    for (const ColumnConfig& c : source.config->columns) {
      if (c.column == name || c.role == name) {
        if (const arrow::Array* const cells = column_of(*source.table, role_or_name(c))) {
          return cells;
        }
      }
      known.push_back(c.column);
    }
    return fail(
        {ErrorCode::kInvalidArgument,
         fmt::format("[[align]] names the column '{}', which source '{}' does not read", name, source.config->name),
         align.place, did_you_mean(name, known)});
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
  const std::vector<ComparableTitle> left = comparable_titles(from);
  const std::vector<ComparableTitle> right = comparable_titles(to);
  // Blocking: only rows that share a rare word or a whole name are compared.
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
      if (const double similarity = title_similarity(left[f], right[t]); similarity >= threshold) {
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

Status align_sources(const Config& config, std::vector<SourceTable>& tables, QualityReport& quality) {
  for (const AlignConfig& align : config.align) {
    HAINA_TRY(SourceTable* const source, source_named(align.source, align, tables));
    HAINA_TRY(SourceTable* const target, source_named(align.to, align, tables));
    HAINA_TRY(const std::vector<Named> from, named_rows(*source, align, align.column, align.year));
    HAINA_TRY(const std::vector<Named> to, named_rows(*target, align, align.to_column, align.to_year));
    const std::vector<AlignedPair> pairs =
        align.by == AlignBy::kKey ? pairs_by_key(from, to) : pairs_by_title(from, to, align.threshold);
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
        quality.count("no counterpart found", align.source, [&] { return fmt::format("{} '{}'", row.id, row.text); });
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
