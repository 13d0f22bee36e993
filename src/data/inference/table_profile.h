// A previewed file as its columns show it: what their cells hold, what their names hint at, which decides which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "data/formats/file_preview.h"
#include "data/inference/column_stats.h"
#include "data/inference/name_hints.h"

namespace haina {

struct ColumnProfile {
  std::string name;
  NameHints hints;
  ColumnStats stats;
  std::string time_unit = {};      // as [[source]] writes it; empty: no times
  bool list = false;               // typed lists
  bool whole = false;              // whole numbers alone
  std::set<std::string> ids = {};  // distinct cells in the form that ids of all sources share: 196.0 is 196

  int64_t distinct() const { return static_cast<int64_t>(ids.size()); }
  bool constant() const { return distinct() <= 1; }
  // Dates in words or digits, which are never ids.
  bool written_time() const { return time_unit == "iso" || time_unit == "d.m.y" || time_unit == "m/d/y"; }
  // Almost every row has a value of its own.
  bool key() const { return stats.filled >= 2 && 100 * distinct() >= 98 * stats.filled; }
  // The cells may name users or items: neither fractions, lists, addresses, nor sentences.
  bool id_like() const;
  // Few values that repeat, of which an action may be one.
  bool small_vocabulary() const;
  // Cells are the names of things rather than codes.
  bool words() const { return !stats.numeric() && stats.per_cell(stats.words) > 1.3; }
};

struct TableProfile {
  std::filesystem::path file;
  const FilePreview* preview = nullptr;
  std::vector<ColumnProfile> columns = {};
  char decimal = '.';

  int64_t num_rows() const { return static_cast<int64_t>(preview->rows.size()); }
  std::string name() const { return file.filename().string(); }
  // Among the rows whose value of `a` repeats: the share that have the value's most frequent `b`. 0 where no value
  // repeats. 1: `b` is a property of what `a` names.
  double determines(size_t a, size_t b) const;
  // The first `count` rows, "28 | 33 | -1".
  std::vector<std::string> sample_rows(size_t count) const;
};

TableProfile table_profile(const std::filesystem::path& file, const FilePreview& preview);

// The share of `some` that `all` holds.
double share_within(const std::set<std::string>& some, const std::set<std::string>& all);

}  // namespace haina
