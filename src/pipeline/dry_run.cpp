#include "pipeline/dry_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "base/files.h"
#include "config/config.h"
#include "data/assembly/code_column.h"
#include "data/formats/read_source.h"
#include "data/io/byte_stream.h"
#include "data/rows/table_cells.h"
#include "pipeline/init_survey.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kBeginning = 8 << 20;  // bytes of a larger one
constexpr int kTries = 12;

// A source's table in a configuration of its own.
Result<Config> config_of(const InitSource& source, const InitProject& project, const fs::path& scratch) {
  InitProject alone = project;
  alone.goal.clear();
  HAINA_OK(write_text(scratch, project_toml("try", alone, source_toml(source, alone, scratch.parent_path()), {})));
  Result<Config> config = load_config(scratch);
  std::error_code code;
  fs::remove(scratch, code);
  return config;
}

Result<ReadResult> read_some(SourceConfig source, const InitSource& from, const fs::path& base) {
  source.max_rejects = 1;
  std::error_code code;
  const bool several = !from.pattern.empty();
  const bool small = fs::file_size(from.file, code) <= kReadWhole;
  if (several && !small) {
    source.path = from.file.string();  // the first of them
  }
  if (small || several || !from.preview.dialect) {
    return read_source(source, {.base = base});
  }
  HAINA_TRY(const Bytes bytes, read_bytes(from.file, kBeginning));
  const std::string_view all = bytes.view();
  return read_source_bytes(source, all.substr(0, all.rfind('\n') + 1), from.file.string(), {});
}

// The column of the inferred source that a reader's reject names: by its role or its own name.
auto find_column(InferredSource& source, const std::string& field) {
  return std::ranges::find_if(source.columns, [&](const auto& column) { return column.first == field; });
}

bool is_id(const std::string& key) { return key == "user" || key == "item" || key == "other"; }

// "attributes" of a reject that tells it in words: "column 'attributes': holds an object".
std::string named_column(const Reject& reject) {
  static constexpr std::string_view kBefore = "column '";
  const size_t begin = reject.message.find(kBefore);
  const size_t end = reject.message.find("':", begin + kBefore.size());
  return !reject.field.empty() || begin == std::string::npos || end == std::string::npos
             ? reject.field
             : reject.message.substr(begin + kBefore.size(), end - begin - kBefore.size());
}

// The column that most of the rejected rows name, without ids, and one of these rejects.
std::pair<std::string, const Reject*> worst_column(const ReadResult& read) {
  std::map<std::string, std::pair<int64_t, const Reject*>> counts;
  for (const Reject& reject : read.first_rejects) {
    if (const std::string field = named_column(reject); !field.empty() && !is_id(field)) {
      auto& [count, first] = counts[field];
      first = count == 0 ? &reject : first;
      ++count;
    }
  }
  const auto worst = std::ranges::max_element(counts, {}, [](const auto& one) { return one.second.first; });
  return worst == counts.end() ? std::pair{std::string(), static_cast<const Reject*>(nullptr)}
                               : std::pair{worst->first, worst->second.second};
}

// Takes a column back: a number or a date becomes a category, anything else is left out.
void take_back(InitSource& source, const std::string& field, const std::string& why, std::vector<Doubt>& doubts) {
  const auto column = find_column(source.inferred, field);
  const bool role = field == "time" || field == "value" || field == "weight" || field == "action";
  const bool to_category = !role && (column->second == "number" || column->second.starts_with("date"));
  const std::string name = role ? column->second : column->first;
  doubts.push_back({.spoils = field == "time"    ? Spoils::kTime
                              : field == "value" ? Spoils::kGoal
                                                 : Spoils::kFields,
                    .text = fmt::format("column '{}' cannot be read as {} ({}); it is {}", name,
                                        role ? field : column->second, why, to_category ? "a category" : "left out"),
                    .column = name,
                    .file = shown_file(source)});
  if (field == "time") {
    source.inferred.time.clear();
  } else if (field == "value") {
    source.inferred.goal.clear();
  }
  if (to_category) {
    column->second = "category";
  } else {
    source.inferred.columns.erase(column);
  }
}

// False: the source cannot be read, whatever is left out.
bool try_source(InitSource& source, const InitProject& project, const fs::path& scratch, std::vector<Doubt>& doubts) {
  std::string problem;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const Result<Config> config = config_of(source, project, scratch);
    if (!config) {
      problem = config.error().what;
      break;
    }
    const double allowed = config->sources.front().max_rejects;
    const Result<ReadResult> read = read_some(config->sources.front(), source, config->folder);
    // Rows that repeat the header are left out, and are not bad.
    const int64_t bad = read ? read->rejected - std::ranges::count(read->first_rejects, "header", &Reject::code) : 0;
    if (read && static_cast<double>(bad) <= allowed * static_cast<double>(read->read)) {
      if (read->rejected > 0) {
        const Reject& first = read->first_rejects.front();
        doubts.push_back(
            {.spoils = Spoils::kRows,
             .text = fmt::format("{} of {} rows cannot be read and are left out, the first one in line {}: {}",
                                 read->rejected, read->read, first.line, first.message),
             .file = shown_file(source)});
      }
      source.table = read->table;
      return true;
    }
    problem = read ? fmt::format("{} of {} rows cannot be read; line {}: {}", read->rejected, read->read,
                                 read->first_rejects.front().line, read->first_rejects.front().message)
                   : read.error().what;
    std::string field;
    std::string why = problem;
    if (read) {
      const auto [worst, reject] = worst_column(*read);
      field = worst;
      why = reject == nullptr ? why : reject->message;
    } else {  // no row is good: take back what is most likely wrong
      const auto column = std::ranges::find_if(source.inferred.columns, [](const auto& one) {
        return one.first == "time" || one.first == "value" || one.first == "weight" || one.second == "number" ||
               one.second.starts_with("vector") || one.second.starts_with("date");
      });
      field = column == source.inferred.columns.end() ? "" : column->first;
    }
    if (field.empty() || find_column(source.inferred, field) == source.inferred.columns.end()) {
      break;
    }
    take_back(source, field, why, doubts);
  }
  doubts.push_back(
      {.spoils = Spoils::kRows,
       .text = fmt::format("left out, since reading it as {} fails: {}", to_string(source.inferred.kind), problem),
       .file = shown_file(source)});
  return false;
}

// What two rows of different logs have in common where they are the same event.
std::vector<uint64_t> row_keys(const arrow::Table& table, bool with_time) {
  std::vector<uint64_t> keys(static_cast<size_t>(table.num_rows()), 0);
  for (const char* const role : {"user", "item"}) {
    const arrow::Array* const column = column_of(table, role);
    if (column == nullptr || column->type_id() != arrow::Type::DICTIONARY) {
      return {};
    }
    const CodeColumn codes = code_column(*column);
    std::vector<uint64_t> names;
    for (int64_t n = 0; n < codes.names->length(); ++n) {
      names.push_back(std::hash<std::string_view>()(codes.names->GetView(n)));
    }
    for (size_t r = 0; r < keys.size(); ++r) {
      const bool known = column->IsValid(static_cast<int64_t>(r));
      keys[r] = keys[r] * 0x9E3779B97F4A7C15U + (known ? names[static_cast<size_t>(codes.codes[r])] : 1);
    }
  }
  const arrow::Array* const time = with_time ? column_of(table, "time") : nullptr;
  for (size_t r = 0; time != nullptr && r < keys.size(); ++r) {
    const auto row = static_cast<int64_t>(r);
    keys[r] ^=
        time->IsNull(row) ? 0 : static_cast<uint64_t>(static_cast<const arrow::TimestampArray&>(*time).Value(row)) * 31;
  }
  return keys;
}

bool is_read_log(const InitSource& source) {
  return source.inferred.kind == SourceKind::kEvents && !source.inferred.tagged && source.table != nullptr;
}

// The share of the rows of `some` that `all` has too.
double share_of_rows(const InitSource& some, const InitSource& all, bool with_time) {
  const std::vector<uint64_t> keys = row_keys(*some.table, with_time);
  const std::vector<uint64_t> others = row_keys(*all.table, with_time);
  const std::unordered_set<uint64_t> held(others.begin(), others.end());
  const auto found = std::ranges::count_if(keys, [&](uint64_t key) { return held.contains(key); });
  return keys.empty() || others.empty() ? 0 : static_cast<double>(found) / static_cast<double>(keys.size());
}

}  // namespace

void dry_run(std::vector<InitSource>& sources, const InitProject& project, const fs::path& scratch,
             std::vector<Doubt>& doubts) {
  std::erase_if(sources, [&](InitSource& source) { return !try_source(source, project, scratch, doubts); });
}

void remove_repeated_logs(std::vector<InitSource>& sources, std::vector<Doubt>& doubts) {
  std::set<std::string> removed;
  for (const InitSource& some : sources) {
    for (const InitSource& all : sources) {
      const bool both = &some != &all && is_read_log(some) && is_read_log(all) && !removed.contains(all.name) &&
                        some.table->num_rows() <= all.table->num_rows() && some.table->num_rows() > 1;
      const bool part = some.inferred.part != Part::kAll && all.inferred.part == Part::kAll;
      const bool timed = both && !some.inferred.time.empty() && !all.inferred.time.empty();
      const bool plain = some.inferred.part == Part::kAll && all.inferred.part == Part::kAll && timed;
      if (!both || (!part && !plain) || share_of_rows(some, all, timed) < 0.95) {
        continue;
      }
      removed.insert(some.name);
      doubts.push_back(
          {.spoils = Spoils::kRoles,
           .text =
               fmt::format("its rows stand in {} too; it is left out, so that no event counts twice{}", shown_file(all),
                           part ? ". To use the published split instead, leave out that file: haina init "
                                  "on a folder without it"
                                : ""),
           .file = shown_file(some)});
      break;
    }
  }
  std::erase_if(sources, [&](const InitSource& source) { return removed.contains(source.name); });
}

}  // namespace haina
