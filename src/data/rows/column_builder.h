// Builds the columns of one source while its rows are read. Values that repeat (ids, categories, actions) are
// dictionary codes from the start, so that a column never takes more memory than the finished one.
#pragma once

#include <arrow/api.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "data/rows/times_of.h"
#include "data/vocabulary.h"

namespace haina {

// Ends by std::bad_alloc, the one failure of builders.
inline void check_memory(const arrow::Status& status) {
  if (!status.ok()) {
    throw std::bad_alloc();
  }
}

enum class CellType { kCode, kText, kNumber, kTime, kTags, kVector };
CellType cell_type(const ColumnConfig& column);
// The unit of a time or date column, one of time_units(); empty: to be detected.
inline const std::string& unit_of_time(const ColumnConfig& column) {
  return column.role.empty() ? column.separator : column.type;
}
// Whether a unit of time is a form of written dates, not of numbers.
bool is_written_time(const std::string& unit);

// The cells of one column in a block of rows; the column's type decides which member holds them.
struct ColumnBlock {
  std::vector<int64_t> words;                    // kCode: see put_code
  std::string texts;                             // kCode
  std::vector<double> numbers;                   // kNumber, kTime: NaN where missing
  std::unique_ptr<arrow::ArrayBuilder> builder;  // kText, kTags, kVector
  bool iso = false;                              // kTime: the numbers are microseconds, read from written dates
  bool time_seen = false;                        // kTime: a cell was not empty, so `iso` is known

  DateEvidence dates;     // kTime
  int64_t odd = 0;        // kNumber: cells that are no numbers and were made missing
  std::string first_odd;  // the first of them

  void reset(CellType type);
  // A whole number in its shortest form is stored as a number, anything else as text; empty is missing.
  void put_code(std::string_view cell);
};

// A buffer that grows without copying: the kernel moves its pages.
class GrowingBytes {
 public:
  GrowingBytes() = default;
  GrowingBytes(GrowingBytes&& other) noexcept;
  GrowingBytes& operator=(GrowingBytes&&) = delete;
  ~GrowingBytes();
  // Appends so many bytes, uninitialised, and returns the first; valid until the next call.
  uint8_t* grow(size_t bytes);
  size_t size() const { return size_; }
  const uint8_t* data() const { return data_; }
  // Hands the contents over and leaves this empty.
  std::shared_ptr<arrow::Buffer> finish();

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
};

class SourceColumns {
 public:
  explicit SourceColumns(const SourceConfig& source);
  // Appends the rows of all blocks in order; the columns are spread over threads. blocks[b] has one ColumnBlock per
  // column.
  void append(std::span<const std::span<ColumnBlock>> blocks);
  // kCode: dictionary<int32, large_utf8>, names in order of first appearance; kText: large_utf8; kNumber: float64;
  // kTime: timestamp[us, UTC], with its unit noted in `detected`; kTags: list<large_utf8>; kVector: list<float64>.
  // Leaves this empty.
  std::shared_ptr<arrow::Table> finish(nlohmann::json& detected);

 private:
  struct Column {
    CellType type = CellType::kText;
    GrowingBytes cells;                                 // int32 codes, -1 if missing; or float64, NaN if missing
    Vocabulary names;                                   // of the codes
    std::vector<int32_t> code_of;                       // of small whole numbers; -1: has no code yet
    std::vector<std::shared_ptr<arrow::Array>> chunks;  // of all other types
    bool iso = false;
    DateEvidence dates;
    int64_t odd = 0;
    std::string first_odd;
    void append(ColumnBlock& block);
    int32_t code(int64_t word, const std::string& texts);
    int64_t use_normal_names(const ColumnConfig& config, arrow::Buffer& codes);
    void note_brackets(const ColumnConfig& config, const arrow::Buffer& codes, nlohmann::json& detected) const;
    std::shared_ptr<arrow::Array> finish_codes(const ColumnConfig& config, nlohmann::json& detected);
    std::shared_ptr<arrow::Array> finish_numbers();
    std::shared_ptr<arrow::Array> finish_chunks();
  };
  const SourceConfig& source_;
  std::vector<Column> columns_;
};

}  // namespace haina
