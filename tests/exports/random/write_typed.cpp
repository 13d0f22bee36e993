#include <arrow/api.h>
#include <arrow/io/api.h>
#include <parquet/arrow/writer.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "exports/random/export_table.h"

namespace haina {
namespace {

double number_of(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

nlohmann::ordered_json json_of(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kMissing:
      return nullptr;
    case Cell::Kind::kText:
      return cell.text;
    case Cell::Kind::kNumber:
      return nlohmann::ordered_json::parse(cell.text);
    case Cell::Kind::kTags:
      return cell.list;
    case Cell::Kind::kVector:
      break;
  }
  auto numbers = nlohmann::ordered_json::array();
  for (const std::string& number : cell.list) {
    numbers.push_back(number_of(number));
  }
  return numbers;
}

std::shared_ptr<arrow::Array> finished(arrow::ArrayBuilder& builder) {
  std::shared_ptr<arrow::Array> array;
  return builder.Finish(&array).ok() ? array : nullptr;
}

// Calls with each cell's value, or null where it is missing.
template <class Builder, class Append>
std::shared_ptr<arrow::Array> column_array(const Table& table, size_t column, Builder& builder, Append append) {
  for (const auto& row : table.rows) {
    const Cell& cell = row[column];
    if (!(cell.kind == Cell::Kind::kMissing || (cell.text.empty() && cell.list.empty()) ? builder.AppendNull()
                                                                                        : append(cell))
             .ok()) {
      return nullptr;
    }
  }
  return finished(builder);
}

bool all(const Table& table, size_t column, auto holds) {
  return std::ranges::all_of(table.rows, [&](const std::vector<Cell>& row) {
    return row[column].kind == Cell::Kind::kMissing || holds(row[column]);
  });
}

std::shared_ptr<arrow::Array> list_array(const Table& table, size_t column, bool numbers) {
  if (numbers) {
    arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::FloatBuilder>());
    auto& values = static_cast<arrow::FloatBuilder&>(*lists.value_builder());
    return column_array(table, column, lists, [&](const Cell& cell) {
      arrow::Status status = lists.Append();
      for (const std::string& number : cell.list) {
        status &= values.Append(static_cast<float>(number_of(number)));
      }
      return status;
    });
  }
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::StringBuilder>());
  auto& values = static_cast<arrow::StringBuilder&>(*lists.value_builder());
  return column_array(table, column, lists, [&](const Cell& cell) {
    arrow::Status status = lists.Append();
    for (const std::string& word : cell.list) {
      status &= values.Append(word);
    }
    return status;
  });
}

// The second of a text such as "2024-01-31 23:59:59".
int64_t second_of(const std::string& text) {
  std::tm parts = {};
  strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  return timegm(&parts);
}

std::shared_ptr<arrow::Array> text_array(const Table& table, size_t column, uint64_t seed) {
  if (seed % 7 == 0) {
    arrow::BinaryBuilder builder;
    return column_array(table, column, builder, [&](const Cell& cell) { return builder.Append(cell.text); });
  }
  if (seed % 7 == 1) {
    arrow::StringDictionaryBuilder builder;
    return column_array(table, column, builder, [&](const Cell& cell) { return builder.Append(cell.text); });
  }
  if (seed % 7 == 2) {
    arrow::LargeStringBuilder builder;
    return column_array(table, column, builder, [&](const Cell& cell) { return builder.Append(cell.text); });
  }
  arrow::StringBuilder builder;
  return column_array(table, column, builder, [&](const Cell& cell) { return builder.Append(cell.text); });
}

std::shared_ptr<arrow::Array> typed_array(const Plan& plan, const Table& table, size_t column) {
  const auto kind_is = [](Cell::Kind kind) { return [kind](const Cell& cell) { return cell.kind == kind; }; };
  if (table.columns[column].role == Role::kTime && plan.time == TimeForm::kBlank) {
    const bool zoned = plan.seed % 2 == 0;
    arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, zoned ? "UTC" : ""),
                                    arrow::default_memory_pool());
    return column_array(table, column, builder,
                        [&](const Cell& cell) { return builder.Append(second_of(cell.text) * 1'000'000); });
  }
  if (all(table, column, kind_is(Cell::Kind::kTags))) {
    return list_array(table, column, false);
  }
  if (all(table, column, kind_is(Cell::Kind::kVector))) {
    return list_array(table, column, true);
  }
  const auto is_number = [](const Cell& cell) { return cell.kind == Cell::Kind::kNumber || cell.text.empty(); };
  if (!all(table, column, is_number)) {
    return text_array(table, column, plan.seed);
  }
  if (all(table, column, [](const Cell& cell) { return cell.text.find('.') == std::string::npos; })) {
    arrow::Int64Builder builder;
    return column_array(table, column, builder,
                        [&](const Cell& cell) { return builder.Append(std::strtoll(cell.text.c_str(), nullptr, 10)); });
  }
  arrow::DoubleBuilder builder;
  return column_array(table, column, builder, [&](const Cell& cell) { return builder.Append(number_of(cell.text)); });
}

}  // namespace

std::string json_text(const Plan& plan, const Table& table) {
  const bool lines = plan.form == FileForm::kJsonLines;
  auto records = nlohmann::ordered_json::array();
  std::string text;
  for (const auto& row : table.rows) {
    nlohmann::ordered_json record;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string& name = table.columns[c].name;
      const size_t point = plan.nested ? name.find('.') : std::string::npos;
      if (point == std::string::npos) {
        record[name] = json_of(row[c]);
      } else {
        record[name.substr(0, point)][name.substr(point + 1)] = json_of(row[c]);
      }
    }
    if (lines) {
      text += record.dump() + "\n" + (plan.has(Defect::kBlankLines) && record.size() % 2 == 0 ? "\n" : "");
    } else {
      records.push_back(std::move(record));
    }
  }
  if (lines) {
    return text;
  }
  const int indent = plan.seed % 2 == 0 ? 1 : -1;
  return plan.wrapped ? nlohmann::ordered_json{{"count", table.rows.size()}, {"data", records}}.dump(indent)
                      : records.dump(indent);
}

std::string parquet_bytes(const Plan& plan, const Table& table) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    arrays.push_back(typed_array(plan, table, c));
    fields.push_back(arrow::field(table.columns[c].name, arrays.back()->type()));
  }
  const auto sink = *arrow::io::BufferOutputStream::Create();
  const auto written = parquet::arrow::WriteTable(*arrow::Table::Make(arrow::schema(fields), arrays),
                                                  arrow::default_memory_pool(), sink, 100);
  return written.ok() ? (*sink->Finish())->ToString() : "";
}

}  // namespace haina
