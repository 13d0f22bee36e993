// One attribute of users or items, aligned with their rows and ready for an encoder: numbers, categories, tags, texts,
// vectors, images, ties. What depends on the type of a field stands in its entry, see data/field_type.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/source_kinds.h"
#include "data/vocabulary.h"
#include "kernels/csr.h"

namespace haina {

// Made from data/field_types.def. kId (the row itself) and kBehaviour (a user's history) have no cells.
enum class FieldType {
#define HAINA_FIELD_TYPE(enumerator, name) enumerator,
#include "data/field_types.def"
#undef HAINA_FIELD_TYPE
};

struct Field {
  std::string source;  // name of the [[source]] that it comes from: what the ablation switches off
  std::string name;    // name of the column
  Side side = Side::kItem;
  FieldType type = FieldType::kCategory;
  int64_t num_rows = 0;  // users or items

  // kNumber: float32 [rows], NaN where missing; kDate: likewise, days since 1970 UTC. kVector: float32 [rows, d], NaN
  // rows where missing.
  at::Tensor numbers;
  // kCategory: int32 [rows], row of `values`, -1 where missing.
  at::Tensor codes;
  // kTags, kLinks, kSocial: [rows, width]; an empty row is a missing value. `target` says what a column is: a row of
  // `values` (tags; links as "relation|entity"), an item (links between items) or a user (kSocial).
  Csr bags;
  enum class Target { kValues, kItems, kUsers };
  Target target = Target::kValues;
  Vocabulary values;
  // kText, kMedia: [rows], empty where missing (kMedia: the path of the file).
  std::vector<std::string> texts;
  // kImage: uint8 [rows, channels, height, width], zeros where missing; bool [rows], whether there is one.
  at::Tensor images, has_image;

  // Tags that users assigned to items (kTags): one entry an assignment; `bags` holds their counts. int32 [assignments]
  // each, undefined for all other fields. A held-out (user, item) pair must not leak through them: see without_pairs().
  at::Tensor assigned_user, assigned_item, assigned_value;

  // "movies.genres"
  std::string full_name() const { return source + "." + name; }
  bool has_authors() const { return assigned_user.defined(); }
  // bool [rows]: whether a row has a value.
  at::Tensor present() const;
};

std::string_view to_string(FieldType type);

// Whether a field of texts is called as titles are: "title", "article.headline", "movie_title", "product_name". Where
// no field is, an item's title is its first text.
bool names_title(std::string_view field);

// Whether a row of that type can be made from text cells, as a live item or user gives them.
bool parses_from_text(FieldType type);
// A field from rows of text cells: one cell of a number, a category or a text (further cells are ignored), any number
// of tags, one a dimension of a vector; an image is one cell, see image_cell.h; links are written "relation|entity". A
// row without cells is missing, and so is a number that cannot be read. parses_from_text(type) must hold.
Field field_of_cells(const std::string& full_name, Side side, FieldType type,
                     const std::vector<std::vector<std::string>>& rows);

struct LeakScan {
  Field field;          // with bags counted again without the held-out pairs
  int64_t dropped = 0;  // assignments on held-out pairs
};
// held_out: [users, items], any values. Fields without authors are returned unchanged.
LeakScan without_pairs(const Field& field, const Csr& held_out);

}  // namespace haina
