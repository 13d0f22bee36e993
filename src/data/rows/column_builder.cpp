#include "data/rows/column_builder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <arrow/array/concatenate.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <new>
#include <set>
#include <utility>

#include "data/rows/normal_names.h"
#include "data/rows/validity.h"
#include "data/shortened.h"

namespace haina {
namespace {

constexpr int64_t kMissing = -1;       // a word. The text at offset o of the block is the word -2 - o
constexpr size_t kDirect = 16 << 20;   // whole numbers below it are looked up by
                                       // index: at most 64 MiB a column
constexpr double kFewBrackets = 0.01;  // of a column's names: fewer may be meant

class MappedBuffer final : public arrow::MutableBuffer {
 public:
  MappedBuffer(uint8_t* data, size_t size, size_t capacity)
      : MutableBuffer(data, static_cast<int64_t>(size)), mapped_(data), capacity_(capacity) {}
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;
  ~MappedBuffer() override { ::munmap(mapped_, capacity_); }

 private:
  uint8_t* mapped_;
  size_t capacity_;
};

}  // namespace

CellType cell_type(const ColumnConfig& column) {
  static const std::set<std::string> codes = {"user", "item",     "other",  "tag",    "head",
                                              "tail", "relation", "entity", "action", "order"};
  if (column.role == "time" || (column.role.empty() && column.type == "date")) {
    return CellType::kTime;
  }
  if (column.role == "value" || column.role == "weight" || column.type == "number") {
    return CellType::kNumber;
  }
  if (codes.contains(column.role) || column.type == "category" || column.type == "context") {
    return CellType::kCode;
  }
  return column.type == "tags" ? CellType::kTags : column.type == "vector" ? CellType::kVector : CellType::kText;
}

bool is_written_time(const std::string& unit) {
  return unit == "iso" || unit == "d.m.y" || unit == "m/d/y" || unit == "yyyymmdd";
}

void ColumnBlock::reset(CellType type) {
  words.clear();
  texts.clear();
  numbers.clear();
  iso = time_seen = false;
  dates = {};
  odd = 0;
  first_odd.clear();
  auto* const pool = arrow::default_memory_pool();
  switch (type) {
    case CellType::kText:
      builder = std::make_unique<arrow::LargeStringBuilder>(pool);
      break;
    case CellType::kTags:
      builder = std::make_unique<arrow::ListBuilder>(pool, std::make_shared<arrow::LargeStringBuilder>(pool));
      break;
    case CellType::kVector:
      builder = std::make_unique<arrow::ListBuilder>(pool, std::make_shared<arrow::DoubleBuilder>(pool));
      break;
    case CellType::kCode:
    case CellType::kNumber:
    case CellType::kTime:
      break;
  }
}

void ColumnBlock::put_code(std::string_view cell) {
  if (cell.empty()) {
    words.push_back(kMissing);
    return;
  }
  if (cell.size() <= 18 && (cell[0] != '0' || cell.size() == 1)) {
    int64_t whole = 0;
    size_t at = 0;
    for (; at < cell.size(); ++at) {
      const auto digit = static_cast<unsigned char>(cell[at] - '0');
      if (digit > 9) {
        break;
      }
      whole = whole * 10 + digit;
    }
    if (at == cell.size()) {
      words.push_back(whole);
      return;
    }
  }
  words.push_back(-2 - std::ssize(texts));
  const auto length = static_cast<uint32_t>(cell.size());
  texts.append(reinterpret_cast<const char*>(&length), sizeof length);
  texts.append(cell);
}

GrowingBytes::GrowingBytes(GrowingBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

GrowingBytes::~GrowingBytes() {
  if (data_ != nullptr) {
    ::munmap(data_, capacity_);
  }
}

uint8_t* GrowingBytes::grow(size_t bytes) {
  if (data_ == nullptr || size_ + bytes > capacity_) {
    constexpr size_t kHugePage = 2 << 20;
    // Pages take no memory before they are written to, and mremap moves them without copying.
    const size_t wanted = (std::max(size_ + bytes, 2 * capacity_) / kHugePage + 1) * kHugePage;
    void* const moved = data_ == nullptr
                            ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                            : ::mremap(data_, capacity_, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
      throw std::bad_alloc();
    }
    data_ = static_cast<uint8_t*>(moved);
    capacity_ = wanted;
    ::madvise(data_, capacity_,
              MADV_HUGEPAGE);  // only a hint: failure changes nothing but speed
  }
  uint8_t* const place = data_ + size_;
  size_ += bytes;
  return place;
}

std::shared_ptr<arrow::Buffer> GrowingBytes::finish() {
  grow(0);  // an empty buffer needs an address, too
  return std::make_shared<MappedBuffer>(std::exchange(data_, nullptr), std::exchange(size_, 0),
                                        std::exchange(capacity_, 0));
}

SourceColumns::SourceColumns(const SourceConfig& source) : source_(source), columns_(source.columns.size()) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].type = cell_type(source.columns[i]);
    columns_[i].iso = columns_[i].type == CellType::kTime && is_written_time(unit_of_time(source.columns[i]));
  }
}

int32_t SourceColumns::Column::code(int64_t word, const std::string& texts) {
  if (word < kMissing) {
    const auto offset = static_cast<size_t>(-2 - word);
    uint32_t length = 0;
    std::memcpy(&length, texts.data() + offset, sizeof length);
    return names.find_or_add({texts.data() + offset + sizeof length, length});
  }
  char digits[20];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, word);
  const int32_t code = names.find_or_add({digits, static_cast<size_t>(end - digits)});
  const auto place = static_cast<size_t>(word);
  if (place < kDirect) {
    if (place >= code_of.size()) {
      code_of.resize(std::min(kDirect, std::max<size_t>(1024, std::bit_ceil(place + 1))), -1);
    }
    code_of[place] = code;
  }
  return code;
}

void SourceColumns::Column::append(ColumnBlock& block) {
  switch (type) {
    case CellType::kCode: {
      auto* const codes = reinterpret_cast<int32_t*>(cells.grow(block.words.size() * 4));
      for (size_t r = 0; r < block.words.size(); ++r) {
        const int64_t word = block.words[r];
        const auto place = static_cast<size_t>(word);  // texts and missing cells are negative,
                                                       // hence beyond every table
        const int32_t known = place < code_of.size() ? code_of[place] : -1;
        codes[r] = known >= 0 ? known : word == kMissing ? -1 : code(word, block.texts);
      }
      return;
    }
    case CellType::kNumber:
    case CellType::kTime:
      iso = iso || (block.iso && block.time_seen);
      dates.add(block.dates);
      first_odd = odd == 0 ? block.first_odd : first_odd;
      odd += block.odd;
      if (!block.numbers.empty()) {
        std::memcpy(cells.grow(block.numbers.size() * 8), block.numbers.data(), block.numbers.size() * 8);
      }
      return;
    case CellType::kText:
    case CellType::kTags:
    case CellType::kVector:
      if (block.builder->length() > 0 || chunks.empty()) {
        check_memory(block.builder->Finish(&chunks.emplace_back()));
      }
      return;
  }
}

void SourceColumns::append(std::span<const std::span<ColumnBlock>> blocks) {
  // Columns of codes take longest: they go first.
  std::vector<size_t> order(columns_.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::stable_partition(order, [&](size_t i) { return columns_[i].type == CellType::kCode; });
  std::atomic<size_t> next = 0;
  at::parallel_for(0, std::min<int64_t>(at::get_num_threads(), std::ssize(order)), 1, [&](int64_t, int64_t) {
    for (size_t turn = next++; turn < order.size(); turn = next++) {
      for (const std::span<ColumnBlock> block : blocks) {
        columns_[order[turn]].append(block[order[turn]]);
      }
    }
  });
}

// The codes of the normal names; returns how many cells became missing.
int64_t SourceColumns::Column::use_normal_names(const ColumnConfig& config, arrow::Buffer& codes) {
  auto normal = normalize_names(names, config);
  if (!normal) {
    return 0;
  }
  names = std::move(normal->names);
  std::atomic<int64_t> missing = 0;
  auto* const of_row = reinterpret_cast<int32_t*>(codes.mutable_data());
  at::parallel_for(0, codes.size() / 4, 1 << 16, [&](int64_t begin, int64_t end) {
    int64_t became_missing = 0;
    for (int64_t r = begin; r < end; ++r) {
      if (of_row[r] >= 0) {
        of_row[r] = normal->code_of[static_cast<size_t>(of_row[r])];
        became_missing += of_row[r] < 0 ? 1 : 0;
      }
    }
    missing += became_missing;
  });
  return missing;
}

// Notes cells that begin or end with the bracket of a list: "[384" is what a list leaves that was cut as text.
void SourceColumns::Column::note_brackets(const ColumnConfig& config, const arrow::Buffer& codes,
                                          nlohmann::json& detected) const {
  std::vector<bool> odd(static_cast<size_t>(names.size()));
  int64_t number = 0;
  int32_t first = -1;
  for (int32_t code = 0; code < names.size(); ++code) {
    const std::string_view name = names.name(code);
    if (name.size() > 1 && (name.front() == '[' || name.back() == ']')) {
      odd[static_cast<size_t>(code)] = true;
      first = number++ == 0 ? code : first;
    }
  }
  if (number < 2 || static_cast<double>(number) < kFewBrackets * static_cast<double>(names.size())) {
    return;  // one name may be "[deleted]"
  }
  const std::span<const int32_t> of_row(reinterpret_cast<const int32_t*>(codes.data()),
                                        static_cast<size_t>(codes.size() / 4));
  const int64_t cells =
      std::ranges::count_if(of_row, [&](int32_t code) { return code >= 0 && odd[static_cast<size_t>(code)]; });
  detected["brackets"][role_or_name(config)] = {{"cells", cells}, {"first", shortened(names.name(first), 100)}};
}

std::shared_ptr<arrow::Array> SourceColumns::Column::finish_codes(const ColumnConfig& config,
                                                                  nlohmann::json& detected) {
  code_of = {};
  const auto codes = cells.finish();
  const int64_t n = codes->size() / 4;
  if (const int64_t words = use_normal_names(config, *codes); words > 0) {
    detected["words_for_missing"][role_or_name(config)] = words;
  }
  note_brackets(config, *codes, detected);
  int64_t missing = 0;
  const auto valid =
      validity(reinterpret_cast<const int32_t*>(codes->data()), n, [](int32_t code) { return code >= 0; }, missing);
  auto array = std::make_shared<arrow::DictionaryArray>(arrow::dictionary(arrow::int32(), arrow::large_utf8()),
                                                        std::make_shared<arrow::Int32Array>(n, codes, valid, missing),
                                                        names.to_arrow());
  names = {};
  return array;
}

std::shared_ptr<arrow::Array> SourceColumns::Column::finish_numbers() {
  const auto numbers = cells.finish();
  const int64_t n = numbers->size() / 8;
  int64_t missing = 0;
  const auto valid = validity(
      reinterpret_cast<const double*>(numbers->data()), n, [](double number) { return !std::isnan(number); }, missing);
  return std::make_shared<arrow::DoubleArray>(n, numbers, valid, missing);
}

std::shared_ptr<arrow::Array> SourceColumns::Column::finish_chunks() {
  if (chunks.empty()) {
    ColumnBlock none;
    none.reset(type);
    check_memory(none.builder->Finish(&chunks.emplace_back()));
  }
  std::shared_ptr<arrow::Array> array = chunks.front();
  if (chunks.size() > 1) {
    const auto joined = arrow::Concatenate(chunks);
    check_memory(joined.status());
    array = *joined;
  }
  chunks.clear();
  return array;
}

std::shared_ptr<arrow::Table> SourceColumns::finish(nlohmann::json& detected) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    const ColumnConfig& config = source_.columns[i];
    switch (column.type) {
      case CellType::kCode:
        arrays.push_back(column.finish_codes(config, detected));
        break;
      case CellType::kNumber:
        arrays.push_back(column.finish_numbers());
        if (column.odd > 0) {
          detected["not_numbers"][role_or_name(config)] = {{"cells", column.odd}, {"first", column.first_odd}};
        }
        break;
      case CellType::kTime:
        arrays.push_back(times_of(column.cells.finish(), unit_of_time(config), column.iso, column.dates, detected));
        break;
      case CellType::kText:
      case CellType::kTags:
      case CellType::kVector:
        arrays.push_back(column.finish_chunks());
        break;
    }
    fields.push_back(arrow::field(role_or_name(config), arrays.back()->type()));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

}  // namespace haina
