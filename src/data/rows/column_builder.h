// The columns of one source while its rows come in: what repeats (ids, categories, actions) as codes of a dictionary,
// numbers and times as they are, so that a column never takes more memory than it will in the end.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "data/vocabulary.h"

namespace haina {

enum class CellType { kCode, kText, kNumber, kTime, kTags, kVector };
CellType cell_type(const ColumnConfig& column);

// The cells of one column in a block of rows. Which of the members holds them, the type says.
struct ColumnBlock {
  std::vector<int64_t> words;                    // kCode: see put_code
  std::string texts;                             // kCode
  std::vector<double> numbers;                   // kNumber, kTime: NaN where missing
  std::unique_ptr<arrow::ArrayBuilder> builder;  // kText, kTags, kVector
  bool iso = false;                              // kTime: whether the numbers are microseconds read from ISO times
  bool time_seen = false;

  void reset(CellType type);
  // A whole number written the shortest way is kept as itself, anything else as text; empty is missing.
  void put_code(std::string_view cell);
};

// Room that grows without its contents being copied, where the system can move pages.
class GrowingBytes {
 public:
  GrowingBytes() = default;
  GrowingBytes(GrowingBytes&& other) noexcept;
  GrowingBytes& operator=(GrowingBytes&&) = delete;
  ~GrowingBytes();
  // So many bytes more, uninitialised; valid until the next call.
  uint8_t* grow(size_t bytes);
  size_t size() const { return size_; }
  const uint8_t* data() const { return data_; }
  // All of it, which this has no more.
  std::shared_ptr<arrow::Buffer> finish();

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0, capacity_ = 0;
};

class SourceColumns {
 public:
  explicit SourceColumns(const SourceConfig& source);
  // The blocks' rows behind all rows so far, in the blocks' order; every column on a thread of its own. blocks[b] has
  // one ColumnBlock a column.
  void append(std::span<const std::span<ColumnBlock>> blocks);
  // kCode: dictionary<int32, large_utf8>, names in order of first appearance; kText: large_utf8; kNumber: float64;
  // kTime: timestamp[us, UTC], its unit into `seen`; kTags: list<large_utf8>; kVector: list<float64>. Nothing is left
  // here.
  std::shared_ptr<arrow::Table> finish(nlohmann::json& seen);

 private:
  struct Column {
    CellType type = CellType::kText;
    GrowingBytes cells;                                // int32 codes, -1 where missing; or float64, NaN where missing
    Vocabulary names;                                  // of the codes
    std::vector<int32_t> code_of;                      // of small whole numbers, -1 where not seen
    std::vector<std::shared_ptr<arrow::Array>> parts;  // of all other types
    bool iso = false;
    void append(ColumnBlock& block);
    int32_t code(int64_t word, const std::string& texts);
  };
  const SourceConfig& source_;
  std::vector<Column> columns_;
};

}  // namespace haina
