#include "data/rows/column_builder.h"

#include <ATen/Parallel.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer_builder.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <set>

namespace haina {
namespace {

constexpr int64_t kMissing = -1;        // a word; a text at offset o of the block is the word -2 - o
constexpr size_t kDirect = 16 << 20;    // whole numbers below it find their code by place: at most 64 MiB a column
constexpr int64_t kBeyond = INT64_MIN;  // a time that no int64 of microseconds holds

void check(const arrow::Status& status) {
  if (!status.ok()) {
    throw std::bad_alloc();  // builders fail for want of memory alone
  }
}

class Mapped final : public arrow::MutableBuffer {
 public:
  Mapped(uint8_t* data, size_t size, size_t capacity)
      : MutableBuffer(data, static_cast<int64_t>(size)), mapped_(data), capacity_(capacity) {}
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() override { ::munmap(mapped_, capacity_); }

 private:
  uint8_t* mapped_;
  size_t capacity_;
};

// Bits of the values that `present` holds for; nothing where it holds for all.
template <class T, class Present>
std::shared_ptr<arrow::Buffer> validity(const T* values, int64_t n, Present present, int64_t& missing) {
  std::atomic<int64_t> found = 0;
  at::parallel_for(0, n, 1 << 16, [&](int64_t begin, int64_t end) {
    found += std::count_if(values + begin, values + end, [&](T value) { return !present(value); });
  });
  missing = found;
  if (missing == 0) {
    return nullptr;
  }
  arrow::TypedBufferBuilder<bool> bits;
  check(bits.Reserve(n));
  for (int64_t i = 0; i < n; ++i) {
    bits.UnsafeAppend(present(values[i]));
  }
  std::shared_ptr<arrow::Buffer> valid;
  check(bits.Finish(&valid));
  return valid;
}

// In place: a time is as wide as the number it was. The unit by the magnitude of the median, which a few absurd cells
// do not move: it lies between 1973 and 5138 in just one of s, ms, µs, ns. Of ten thousand rows, spread evenly.
std::shared_ptr<arrow::Array> times_of(const std::shared_ptr<arrow::Buffer>& buffer, std::string unit, bool iso,
                                       nlohmann::json& seen) {
  const int64_t n = buffer->size() / 8;
  const auto* const numbers = reinterpret_cast<const double*>(buffer->data());
  std::vector<double> magnitudes;
  for (int64_t i = 0; i < n; i += std::max<int64_t>(1, n / 10000)) {
    if (!std::isnan(numbers[i])) {
      magnitudes.push_back(std::abs(numbers[i]));
    }
  }
  if (iso) {
    unit = "iso";  // in microseconds already, whatever unit numbers would have had
  }
  if (unit.empty()) {
    const auto middle = magnitudes.begin() + std::ssize(magnitudes) / 2;
    std::nth_element(magnitudes.begin(), middle, magnitudes.end());
    const double typical = magnitudes.empty() ? 0 : *middle;
    unit = typical < 1e11 ? "s" : typical < 1e14 ? "ms" : typical < 1e17 ? "us" : "ns";
  }
  seen["time_unit"] = unit;
  const double factor = unit == "s" ? 1e6 : unit == "ms" ? 1e3 : unit == "ns" ? 1e-3 : 1;
  uint8_t* const bytes = buffer->mutable_data();
  at::parallel_for(0, n, 1 << 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double number = 0;
      std::memcpy(&number, bytes + i * 8, 8);
      const double time = number * factor;
      const int64_t micros = std::abs(time) <= 9e18 ? static_cast<int64_t>(time) : kBeyond;  // NaN too
      std::memcpy(bytes + i * 8, &micros, 8);
    }
  });
  int64_t missing = 0;
  const auto valid =
      validity(reinterpret_cast<const int64_t*>(bytes), n, [](int64_t t) { return t != kBeyond; }, missing);
  return std::make_shared<arrow::TimestampArray>(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), n, buffer, valid,
                                                 missing);
}

}  // namespace

CellType cell_type(const ColumnConfig& column) {
  static const std::set<std::string> codes = {"user", "item",     "other",  "tag",   "head",
                                              "tail", "relation", "entity", "action"};
  if (column.role == "time") {
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

void ColumnBlock::reset(CellType type) {
  words.clear();
  texts.clear();
  numbers.clear();
  iso = time_seen = false;
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
    // What is not touched yet is not taken; and pages move without being copied.
    const size_t wanted = (std::max(size_ + bytes, 2 * capacity_) / kHugePage + 1) * kHugePage;
    void* const moved = data_ == nullptr
                            ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                            : ::mremap(data_, capacity_, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
      throw std::bad_alloc();
    }
    data_ = static_cast<uint8_t*>(moved);
    capacity_ = wanted;
    ::madvise(data_, capacity_, MADV_HUGEPAGE);  // advice: no matter if it is not taken
  }
  uint8_t* const place = data_ + size_;
  size_ += bytes;
  return place;
}

std::shared_ptr<arrow::Buffer> GrowingBytes::finish() {
  grow(0);  // a buffer has an address, even where nothing is in it
  return std::make_shared<Mapped>(std::exchange(data_, nullptr), std::exchange(size_, 0), std::exchange(capacity_, 0));
}

SourceColumns::SourceColumns(const SourceConfig& source) : source_(source), columns_(source.columns.size()) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].type = cell_type(source.columns[i]);
    columns_[i].iso = source.columns[i].type == "iso" && columns_[i].type == CellType::kTime;
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
        const auto place = static_cast<size_t>(word);  // beyond every table where it is no whole number
        const int32_t known = place < code_of.size() ? code_of[place] : -1;
        codes[r] = known >= 0 ? known : word == kMissing ? -1 : code(word, block.texts);
      }
      return;
    }
    case CellType::kNumber:
    case CellType::kTime:
      iso = iso || (block.iso && block.time_seen);
      if (!block.numbers.empty()) {
        std::memcpy(cells.grow(block.numbers.size() * 8), block.numbers.data(), block.numbers.size() * 8);
      }
      return;
    case CellType::kText:
    case CellType::kTags:
    case CellType::kVector:
      if (block.builder->length() > 0 || parts.empty()) {
        check(block.builder->Finish(&parts.emplace_back()));
      }
      return;
  }
}

void SourceColumns::append(std::span<const std::span<ColumnBlock>> blocks) {
  // Looking codes up takes longest: those columns go first.
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

std::shared_ptr<arrow::Table> SourceColumns::finish(nlohmann::json& seen) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    const ColumnConfig& config = source_.columns[i];
    std::shared_ptr<arrow::Array> array;
    int64_t missing = 0;
    switch (column.type) {
      case CellType::kCode: {
        column.code_of = {};
        const auto codes = column.cells.finish();
        const int64_t n = codes->size() / 4;
        const auto valid = validity(
            reinterpret_cast<const int32_t*>(codes->data()), n, [](int32_t code) { return code >= 0; }, missing);
        array = std::make_shared<arrow::DictionaryArray>(arrow::dictionary(arrow::int32(), arrow::large_utf8()),
                                                         std::make_shared<arrow::Int32Array>(n, codes, valid, missing),
                                                         column.names.to_arrow());
        column.names = {};
        break;
      }
      case CellType::kNumber: {
        const auto numbers = column.cells.finish();
        const int64_t n = numbers->size() / 8;
        const auto valid = validity(
            reinterpret_cast<const double*>(numbers->data()), n, [](double number) { return !std::isnan(number); },
            missing);
        array = std::make_shared<arrow::DoubleArray>(n, numbers, valid, missing);
        break;
      }
      case CellType::kTime:
        array = times_of(column.cells.finish(), config.type, column.iso, seen);
        break;
      case CellType::kText:
      case CellType::kTags:
      case CellType::kVector: {
        if (column.parts.empty()) {
          ColumnBlock none;
          none.reset(column.type);
          check(none.builder->Finish(&column.parts.emplace_back()));
        }
        array = column.parts.front();
        if (column.parts.size() > 1) {
          const auto joined = arrow::Concatenate(column.parts);
          check(joined.status());
          array = *joined;
        }
        column.parts.clear();
        break;
      }
    }
    fields.push_back(arrow::field(role_or_name(config), array->type()));
    arrays.push_back(std::move(array));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

}  // namespace haina
