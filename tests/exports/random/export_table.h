// The tables of an export, cell by cell, and how they become files: delimited text, JSON or Parquet, with the defects
// that exports have.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exports/random/forms.h"
#include "exports/random/names.h"
#include "exports/random/truth.h"

namespace haina {

enum class FileForm { kDelimited, kJsonLines, kJsonArray, kParquet };

// What is wrong with the files, or odd. Each is met in public bug reports of tools that read exports.
enum class Defect {
  kComments,
  kTitleLines,
  kTotal,
  kRepeatedHeader,
  kSepLine,
  kIndexColumn,
  kBadByte,
  kDuplicates,
  kBlankLines,
  kTrailingDelimiters,
  kSentinelTimes,
  kDecimalIds,
  kBlanksAroundIds,
  kFileAMonth,
  kHive,
  kGzip,
  kStrayQuotes,
  kLineBreaks,
  kColumnTwice,
  kMissingIds,
  kOtherFiles,
  kConstantColumn,
  kBlankAfterDelimiter
};
inline constexpr int kDefects = 23;
const char* name_of(Defect defect);

struct Plan {
  uint64_t seed = 0;
  Language language = Language::kEnglish;
  Encoding encoding = Encoding::kUtf8;
  FileForm form = FileForm::kDelimited;
  std::string delimiter = ",", line_end = "\n";
  bool header = true, quote_all = false, nested = false, wrapped = false, last_line_ends = true;
  TimeForm time = TimeForm::kSeconds;
  bool has_times = true;
  NumberForm number = {};  // of values and ages
  NumberForm price = {};   // of prices
  TagsForm tags = TagsForm::kBars;
  std::string missing = {};  // the word for a missing cell
  double missing_share = 0;
  bool items = true, users = false, ties = false;
  Familiarity names = Familiarity::kUsual;
  std::vector<Defect> defects = {};

  bool has(Defect defect) const;
  std::string described() const;
};
Plan draw_plan(uint64_t seed, Draw& draw);
// Only tables and times are drawn.
Plan clean_plan(uint64_t seed, Draw& draw);

struct Cell {
  enum class Kind { kMissing, kText, kNumber, kTags, kVector };
  Kind kind = Kind::kMissing;
  std::string text = {};  // as delimited text has it
  std::vector<std::string> list = {};
};

struct Column {
  std::string name;
  Role role;
};

struct Table {
  std::string stem = {};  // "events"
  std::vector<Column> columns = {};
  std::vector<std::vector<Cell>> rows = {};
  std::vector<std::string> months = {};  // of each row, "2024-01"; empty: no times
};

// The bytes of a file of the table's rows [begin, end).
std::string delimited_text(const Plan& plan, const Table& table, Draw& draw);
std::string json_text(const Plan& plan, const Table& table);
std::string parquet_bytes(const Plan& plan, const Table& table);

}  // namespace haina
