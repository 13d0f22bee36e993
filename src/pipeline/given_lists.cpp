#include "pipeline/given_lists.h"

#include <ATen/ATen.h>
#include <arrow/api.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>

#include "data/assembly/code_column.h"
#include "data/formats/read_source.h"
#include "data/inference/preview_file.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

// The file's column for a role, by its usual names.
std::optional<ColumnConfig> column_for(const std::string& role, std::span<const std::string> names,
                                       const FilePreview& preview) {
  for (const std::string& name : names) {
    const auto found = std::ranges::find(preview.columns, name, &PreviewColumn::name);
    if (found != preview.columns.end()) {
      return ColumnConfig{.column = name, .role = role, .type = {}, .separator = {}, .place = {}};
    }
  }
  return std::nullopt;
}

Result<SourceConfig> source_of(const fs::path& file) {
  HAINA_TRY(const FilePreview preview, preview_file(file));
  const auto user = column_for("user", std::vector<std::string>{"user", "user_id"}, preview);
  const auto item = column_for("item", std::vector<std::string>{"item", "item_id"}, preview);
  const auto score = column_for("value", std::vector<std::string>{"score"}, preview);
  if (!user || !item) {
    std::vector<std::string> names;
    std::ranges::transform(preview.columns, std::back_inserter(names), &PreviewColumn::name);
    return fail({ErrorCode::kBadData,
                 fmt::format("lists need the columns user and item; there are {}", fmt::join(names, ", ")),
                 file.string(), "write a header line: user,item or user,item,score"});
  }
  SourceConfig source;
  source.name = "lists";
  source.kind = SourceKind::kEvents;
  source.path = file.string();
  source.place = file.string();
  source.max_rejects = 0;
  source.columns = {*user, *item};
  if (score) {
    source.columns.push_back(*score);
  }
  return source;
}

// Rows of the file by user, as places in the file.
struct Columns {
  CodeColumn users, items;
  std::shared_ptr<arrow::Table> table;  // holds the columns
  const arrow::DoubleArray* scores = nullptr;
};

Result<Columns> read_columns(const fs::path& file, const StopFlag* stop) {
  HAINA_TRY(const SourceConfig source, source_of(file));
  HAINA_TRY(const ReadResult read, read_source(source, {.stop = stop}));
  const auto combined = read.table->CombineChunks();
  if (!combined.ok() || read.accepted == 0) {
    return fail({ErrorCode::kBadData, "the file holds no list", file.string(), "write rows of user, item"});
  }
  Columns columns;
  columns.table = *combined;
  columns.users = code_column(*columns.table->GetColumnByName("user")->chunk(0));
  columns.items = code_column(*columns.table->GetColumnByName("item")->chunk(0));
  if (const auto scores = columns.table->GetColumnByName("value")) {
    columns.scores = &static_cast<const arrow::DoubleArray&>(*scores->chunk(0));
    if (columns.scores->null_count() > 0) {
      return fail({ErrorCode::kBadData, "some rows have no score", file.string(), "give all rows a score, or none"});
    }
  }
  return columns;
}

// Row of the dataset by code of the column; -1: the dataset does not have it.
std::vector<int32_t> rows_of(const CodeColumn& column, const Vocabulary& known, int64_t& unknown) {
  std::vector<int32_t> rows;
  for (int64_t code = 0; code < column.names->length(); ++code) {
    const auto row = known.find(std::string(column.names->GetView(code)));
    unknown += row ? 0 : 1;
    rows.push_back(row.value_or(-1));
  }
  return rows;
}

}  // namespace

Result<GivenLists> read_given_lists(const std::string& name, const fs::path& file, const Dataset& dataset,
                                    const StopFlag* stop) {
  HAINA_TRY(const Columns columns, read_columns(file, stop));
  GivenLists lists;
  lists.name = name;
  lists.rows = std::ssize(columns.users.codes);
  const std::vector<int32_t> users = rows_of(columns.users, dataset.users, lists.unknown_users);
  const std::vector<int32_t> items = rows_of(columns.items, dataset.items, lists.unknown_items);
  std::vector<int64_t> order(static_cast<size_t>(lists.rows));
  std::iota(order.begin(), order.end(), 0);
  if (columns.scores != nullptr) {
    std::ranges::stable_sort(order, std::greater<>(), [&](int64_t row) { return columns.scores->Value(row); });
  }
  lists.items.resize(static_cast<size_t>(dataset.users.size()));
  std::unordered_set<int64_t> taken;  // pairs: a repeated item keeps its best place
  for (const int64_t row : order) {
    const int32_t user = users[static_cast<size_t>(columns.users.codes[static_cast<size_t>(row)])];
    const int32_t item = items[static_cast<size_t>(columns.items.codes[static_cast<size_t>(row)])];
    if (user >= 0 && item >= 0 && taken.insert((static_cast<int64_t>(user) << 32) | item).second) {
      lists.items[static_cast<size_t>(user)].push_back(item);
    }
  }
  lists.users = std::ranges::count_if(lists.items, [](const auto& list) { return !list.empty(); });
  if (lists.users == 0) {
    return fail({ErrorCode::kBadData, "no row names a user and an item of the dataset", file.string(),
                 "use the ids of the project's own files; haina split writes them"});
  }
  return lists;
}

NamedScorer scorer_of(std::shared_ptr<const GivenLists> lists, int64_t num_items) {
  const std::string name = lists->name;
  return {name, [lists = std::move(lists), num_items](std::span<const UserState> users) {
            at::Tensor scores =
                at::full({std::ssize(users), num_items}, -std::numeric_limits<float>::infinity(), at::kFloat);
            for (size_t u = 0; u < users.size(); ++u) {
              float* const row = scores.data_ptr<float>() + static_cast<int64_t>(u) * num_items;
              const std::vector<int32_t>& items = lists->items[static_cast<size_t>(users[u].user)];
              for (size_t place = 0; place < items.size(); ++place) {
                row[items[place]] = -static_cast<float>(place);
              }
            }
            return scores;
          }};
}

nlohmann::json to_json(const GivenLists& lists, const HeldOut& test) {
  const auto without = std::ranges::count_if(
      test.users, [&](const UserState& user) { return lists.items[static_cast<size_t>(user.user)].empty(); });
  return {{"name", lists.name},
          {"rows", lists.rows},
          {"users", lists.users},
          {"without_list", without},
          {"unknown_users", lists.unknown_users},
          {"unknown_items", lists.unknown_items}};
}

}  // namespace haina
