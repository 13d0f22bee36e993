// A folder of one test's own into which files of any format are written and read back as sources.
#pragma once

#include <arrow/api.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "data/formats/read_source.h"
#include "data/rows/table_cells.h"

namespace haina {

inline ColumnConfig column(const std::string& name, const std::string& role, const std::string& type = "") {
  return {.column = name, .role = role, .type = type, .separator = "", .place = "haina.toml:5:1"};
}

inline const std::vector<ColumnConfig> kEvents = {column("user", "user"), column("item", "item"),
                                                  column("rating", "value"), column("ts", "time")};

// A file that must be refused, with a part of the error's place.
struct BrokenFile {
  const char* name;
  std::string text;
  const char* at;
};

class FormatFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(test, '/', '_');
    folder_ = std::filesystem::temp_directory_path() / ("haina_formats_" + std::to_string(::getpid()) + "_" + test);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<ReadResult> read(const std::string& name, const std::string& bytes, std::vector<ColumnConfig> columns,
                          const std::string& format = "") const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    SourceConfig config;
    config.name = "events";
    config.path = name;
    config.place = "haina.toml:1:1";
    config.columns = std::move(columns);
    config.format = format;
    config.max_rejects = 0.9;
    return read_source(config, {.base = folder_});
  }

  std::filesystem::path folder_;
};

inline std::string text_at(const ReadResult& result, const std::string& name, int64_t row) {
  return std::string(text_at(column_of(*result.table, name), row));
}
inline double number_at(const ReadResult& result, const std::string& name, int64_t row) {
  return number_at(column_of(*result.table, name), row).value();
}
inline int64_t time_at(const ReadResult& result, int64_t row) {
  return static_cast<const arrow::TimestampArray*>(column_of(*result.table, "time"))->Value(row);
}
inline const arrow::ListArray& lists_of(const ReadResult& result, const std::string& name) {
  return static_cast<const arrow::ListArray&>(*column_of(*result.table, name));
}

}  // namespace haina
