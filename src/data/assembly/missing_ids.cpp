#include "data/assembly/missing_ids.h"

#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "data/parse_quantity.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

bool is_table_of(const SourceTable& source, SourceKind kind) {
  return source.config->kind == kind && source.table != nullptr;
}

const arrow::DictionaryArray* ids_of(const SourceTable& source, const std::string& role) {
  const arrow::Array* const ids = source.table == nullptr ? nullptr : column_of(*source.table, role);
  return ids != nullptr && ids->type_id() == arrow::Type::DICTIONARY ? static_cast<const arrow::DictionaryArray*>(ids)
                                                                     : nullptr;
}

// Words for missing values that are ids in the tables of that kind.
std::set<std::string> real_words(const std::vector<SourceTable>& tables, SourceKind kind, const std::string& role) {
  std::set<std::string> words;
  for (const SourceTable& source : tables) {
    const arrow::DictionaryArray* const ids = is_table_of(source, kind) ? ids_of(source, role) : nullptr;
    for (int64_t code = 0; ids != nullptr && code < ids->dictionary()->length(); ++code) {
      const std::string_view name = static_cast<const arrow::LargeStringArray&>(*ids->dictionary()).GetView(code);
      if (is_missing_word(name)) {
        words.emplace(name);
      }
    }
  }
  return words;
}

// Whether each code is a missing id; empty if none is.
std::vector<bool> missing_codes(const arrow::DictionaryArray& ids, const std::set<std::string>& real) {
  std::vector<bool> missing(static_cast<size_t>(ids.dictionary()->length()));
  bool any = false;
  for (size_t code = 0; code < missing.size(); ++code) {
    const auto name =
        static_cast<const arrow::LargeStringArray&>(*ids.dictionary()).GetView(static_cast<int64_t>(code));
    missing[code] = is_missing_word(name) && !real.contains(std::string(name));
    any = any || missing[code];
  }
  return any ? missing : std::vector<bool>();
}

Status drop_rows(SourceTable& source, const std::string& role, const std::set<std::string>& real,
                 QualityReport& quality) {
  const arrow::DictionaryArray* const ids = ids_of(source, role);
  const std::vector<bool> missing = ids == nullptr ? std::vector<bool>() : missing_codes(*ids, real);
  if (missing.empty()) {
    return ok();
  }
  arrow::BooleanBuilder kept;
  arrow::Status status = kept.Reserve(ids->length());
  for (int64_t r = 0; r < ids->length() && status.ok(); ++r) {
    const bool drop = ids->IsNull(r) || missing[static_cast<size_t>(ids->GetValueIndex(r))];
    kept.UnsafeAppend(!drop);
    if (drop) {
      quality.count("row with a missing id dropped", source.config->name,
                    [&] { return fmt::format("{} '{}'", role, text_at(ids, r)); });
    }
  }
  std::shared_ptr<arrow::Array> mask;
  status = status.ok() ? kept.Finish(&mask) : status;
  if (status.ok()) {
    const auto filtered = arrow::compute::Filter(source.table, mask);
    status = filtered.status();
    const auto whole = filtered.ok() ? filtered->table()->CombineChunks() : filtered.status();
    status = whole.status();
    source.table = whole.ok() ? *whole : source.table;
  }
  return status.ok() ? ok() : fail({ErrorCode::kIo, status.message(), role, "free some memory"});
}

}  // namespace

Status drop_missing_ids(std::vector<SourceTable>& tables, QualityReport& quality) {
  const std::set<std::string> items = real_words(tables, SourceKind::kItems, "item");
  const std::set<std::string> users = real_words(tables, SourceKind::kUsers, "user");
  const auto of_role = [&](const std::string& role) { return role == "item" ? items : users; };
  for (SourceTable& source : tables) {
    if (is_table_of(source, SourceKind::kItems) || is_table_of(source, SourceKind::kUsers) || source.config->live) {
      continue;
    }
    for (const char* const role : {"user", "item", "other"}) {
      HAINA_OK(drop_rows(source, role, of_role(role), quality));
    }
  }
  return ok();
}

}  // namespace haina
