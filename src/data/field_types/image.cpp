// One image a row, all of one shape: a small picture or a spectrogram, for networks that read pixels. `images`: uint8
// [rows, channels, height, width], zeros where missing; `has_image`: bool [rows]. A cell is a text, see
// data/image_cell.h.
#include <ATen/ATen.h>
#include <arrow/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "data/field_type.h"
#include "data/field_types/field_parts.h"
#include "data/image_cell.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

at::Tensor present(const Field& field) { return field.has_image; }

void save(const Field& field, const std::string& key, TensorMap& into) {
  if (field.images.defined()) {
    into[key + ".images"] = field.images;
    into[key + ".has_image"] = field.has_image;
  }
}

Status load(Field& field, const TensorMap& from, const std::string& key, const std::string& where) {
  HAINA_TRY(field.images, take_tensor(from, key + ".images", at::kByte, 4, where));
  HAINA_TRY(field.has_image, take_tensor(from, key + ".has_image", at::kBool, 1, where));
  return field.images.size(0) == field.num_rows && field.has_image.size(0) == field.num_rows
             ? ok()
             : fail(wrong_length(field, "images", where));
}

bool is_sound(const Field& field, const DatasetSize& size) {
  const int64_t rows = rows_of_side(field, size);
  return field.images.defined() && field.has_image.defined() && field.num_rows == rows &&
         field.images.size(0) == rows && field.has_image.size(0) == rows;
}

void make_empty(const ImageShape& shape, Field& field) {
  field.images = at::zeros({field.num_rows, shape[0], shape[1], shape[2]}, at::kByte);
  field.has_image = at::zeros({field.num_rows}, at::kBool);
}

// The first image gives the shape; what is no image, or one of another shape, is missing. An undefined field gets its
// tensors with the first image.
void put(std::string_view text, int64_t row, Field& field) {
  const std::optional<Image> image = parse_image_cell(text);
  if (!image) {
    return;
  }
  if (!field.images.defined()) {
    make_empty(image->shape, field);
  }
  if (field.images.sizes().slice(1).equals(image->shape)) {
    std::ranges::copy(image->bytes, field.images.data_ptr<uint8_t>() + row * field.images.stride(0));
    field.has_image.data_ptr<bool>()[row] = true;
  }
}

void finish(Field& field) {
  if (!field.images.defined()) {
    make_empty({0, 0, 0}, field);
  }
}

void from_column(const FieldColumn& column, Field& field) {
  column.for_each([&](int64_t cell, int32_t row) { put(text_at(&column.cells, cell), row, field); });
  finish(field);
}

void join(const Field& more, Field& field) {
  if (!field.has_image.any().item<bool>()) {
    field.images = more.images;
    field.has_image = more.has_image;
  } else if (field.images.sizes().equals(more.images.sizes())) {
    field.images = at::where(more.has_image.view({-1, 1, 1, 1}), more.images, field.images);
    field.has_image = field.has_image.logical_or(more.has_image);
  }
}

void from_text(const std::vector<std::vector<std::string>>& rows, Field& field) {
  for (size_t row = 0; row < rows.size(); ++row) {
    if (!rows[row].empty()) {
      put(rows[row].front(), static_cast<int64_t>(row), field);
    }
  }
  finish(field);
}

ImageShape shape_of(const Field& field) { return {field.images.size(1), field.images.size(2), field.images.size(3)}; }

Status check_text(const Field& field, const std::vector<std::string>& cells, const std::string& where) {
  const ImageShape wanted = shape_of(field);
  for (const std::string& cell : cells) {
    const std::optional<Image> image = parse_image_cell(cell);
    if (!image || image->shape != wanted) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("'{}' is no image of the shape that '{}' has", cell.substr(0, 24), field.full_name()),
                   where,
                   fmt::format("write \"{}x{}x{}:\" and the bytes in base64, or send the file itself", wanted[0],
                               wanted[1], wanted[2])});
    }
  }
  return ok();
}

std::vector<std::string> to_text(const Field& field, int32_t row, const Vocabulary& /*targets*/) {
  if (!field.has_image.const_data_ptr<bool>()[row]) {
    return {};
  }
  const auto size = static_cast<size_t>(field.images.stride(0));
  return {
      image_cell(shape_of(field), {field.images.const_data_ptr<uint8_t>() + static_cast<size_t>(row) * size, size})};
}

}  // namespace

FieldTypeEntry image_field_type() {
  return {.name = "image",
          .present = present,
          .save = save,
          .load = load,
          .is_sound = is_sound,
          .from_column = from_column,
          .join = join,
          .from_text = from_text,
          .check_text = check_text,
          .to_text = to_text};
}

}  // namespace haina
