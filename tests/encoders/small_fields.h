// One field of every type that encoders serve, with twelve rows; the last two have no training event.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/seed.h"
#include "data/field.h"
#include "data/interactions.h"

namespace haina {

constexpr int64_t kRows = 12, kSeenRows = 10;
constexpr int64_t kMissingRow = 4;  // has training events, but no value in any field

// User u has an event with item u: rows 0 to 9 of both sides have training events.
inline Interactions small_train() {
  Interactions train;
  train.num_users = kRows;
  train.num_items = kRows;
  train.offsets = at::arange(kRows + 1, at::kLong).clamp_max(kSeenRows);
  train.items = at::arange(kSeenRows, at::kInt);
  train.actions = at::zeros({kSeenRows}, at::kByte);
  train.weights = at::ones({kSeenRows}, at::kFloat);
  train.values = at::full({kSeenRows}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  train.times = at::full({kSeenRows}, kNoTime, at::kLong);
  return train;
}

inline Field small_field(FieldType type, const std::string& name = "cells") {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  RandomStream stream(5, "small field");
  Field field;
  field.source = "small";
  field.name = name;
  field.type = type;
  field.side = type == FieldType::kSocial ? Side::kUser : Side::kItem;
  field.num_rows = kRows;
  if (type == FieldType::kNumber || type == FieldType::kDate) {
    field.numbers = at::arange(kRows, at::kFloat).square();
    field.numbers.data_ptr<float>()[kMissingRow] = kNan;
  } else if (type == FieldType::kVector) {
    at::Generator generator = make_generator(5, "small vectors");
    field.numbers = at::normal(0, 1, {kRows, 5}, generator, at::kFloat);
    field.numbers[kMissingRow].fill_(kNan);
  } else if (type == FieldType::kImage) {
    at::Generator generator = make_generator(5, "small images");
    field.images = at::randint(0, 256, {kRows, 3, 8, 12}, generator, at::kByte);
    field.images[kMissingRow].zero_();
    field.has_image = at::arange(kRows, at::kLong).ne(kMissingRow);
  } else if (type == FieldType::kCategory) {
    field.codes = at::arange(kRows, at::kInt).remainder(3).to(at::kInt);
    field.codes.data_ptr<int32_t>()[kMissingRow] = -1;
    for (const char* value : {"red", "green", "blue"}) {
      field.values.find_or_add(value);
    }
  } else if (type == FieldType::kText) {
    const char* const words[] = {"a war in space", "the love of two", "two at war", "a comedy of love"};
    for (int64_t row = 0; row < kRows; ++row) {
      field.texts.emplace_back(row == kMissingRow ? "" : words[row % 4]);
    }
  } else if (type == FieldType::kTags || type == FieldType::kLinks || type == FieldType::kSocial) {
    const bool named = type != FieldType::kSocial;
    field.target = named ? Field::Target::kValues : Field::Target::kUsers;
    const int64_t columns = named ? 6 : kRows;
    std::vector<int32_t> r, c;
    for (int64_t row = 0; row < kRows; ++row) {
      for (int64_t i = 0; row != kMissingRow && i < 3; ++i) {
        r.push_back(static_cast<int32_t>(row));
        c.push_back(static_cast<int32_t>(stream.below(std::min<int64_t>(columns, 6))));
      }
    }
    field.bags = csr_from_coordinates(kRows, columns, r, c, std::vector<float>(r.size(), 1), Repeats::kSum);
    for (int64_t value = 0; named && value < columns; ++value) {
      field.values.find_or_add("made by|v" + std::to_string(value));
    }
  }
  return field;
}

// The same field with other values in the rows without training events; named values get a name that occurs nowhere
// else.
inline Field changed_where_unseen(Field field) {
  for (int64_t row = kSeenRows; row < kRows; ++row) {
    if (field.numbers.defined()) {
      field.numbers = row == kSeenRows ? field.numbers.clone() : field.numbers;
      field.numbers[row].fill_(1e6);
    } else if (field.images.defined()) {
      field.images = row == kSeenRows ? field.images.clone() : field.images;
      field.images[row].fill_(250);
    } else if (field.codes.defined()) {
      field.codes = row == kSeenRows ? field.codes.clone() : field.codes;
      field.codes.data_ptr<int32_t>()[row] = field.values.find_or_add("never seen");
    } else if (!field.texts.empty()) {
      field.texts[static_cast<size_t>(row)] = "words never seen before in space";
    }
  }
  if (field.bags.offsets.defined()) {
    const bool named = field.target == Field::Target::kValues;
    const int32_t extra = named ? field.values.find_or_add("made by|never seen") : 0;
    std::vector<int32_t> r, c;
    std::vector<float> v;
    for (int64_t row = 0; row < kSeenRows; ++row) {
      for (size_t i = 0; i < field.bags.row(row).size(); ++i) {
        r.push_back(static_cast<int32_t>(row));
        c.push_back(field.bags.row(row)[i]);
        v.push_back(field.bags.row_values(row)[i]);
      }
    }
    for (int64_t row = kSeenRows; row < kRows; ++row) {
      r.push_back(static_cast<int32_t>(row));
      c.push_back(extra);
      v.push_back(7);
    }
    field.bags = csr_from_coordinates(kRows, field.bags.num_cols + (named ? 1 : 0), r, c, v, Repeats::kSum);
  }
  return field;
}

}  // namespace haina
