// One attribute of users or items, aligned with their rows and ready for an encoder: numbers, categories, bags, texts,
// vectors, ties.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/source_kinds.h"
#include "data/vocabulary.h"
#include "kernels/csr.h"

namespace haina {

// kId: the row itself, without cells. kBehaviour: the history of a user, without cells.
enum class FieldType { kId, kBehaviour, kNumber, kCategory, kTags, kText, kVector, kLinks, kSocial, kMedia };

struct Field {
  std::string source;  // name of the [[source]] it came from: what the ablation switches off
  std::string name;    // the column's name
  Side side = Side::kItem;
  FieldType type = FieldType::kCategory;
  int64_t num_rows = 0;  // users or items

  // kNumber: float32 [rows], NaN where missing. kVector: float32 [rows, d], NaN rows where missing.
  at::Tensor numbers;
  // kCategory: int32 [rows], -1 where missing, row of `values`.
  at::Tensor codes;
  // kTags, kLinks, kSocial: [rows, width]; an empty row is a missing value. Columns are rows of `values` (tags; links
  // as "relation|entity"), or items (links between items, `values` empty), or users (kSocial).
  Csr bags;
  enum class Target { kValues, kItems, kUsers };
  Target target = Target::kValues;
  Vocabulary values;
  // kText, kMedia: [rows], empty where missing (kMedia: the path of the file).
  std::vector<std::string> texts;

  // Tags that users gave (kTags with authors): one entry an assignment, from which `bags` was counted. A held-out
  // (user, item) pair must not leak through them: without_pairs() drops those. int32 [assignments] each; undefined for
  // other fields.
  at::Tensor assigned_user, assigned_item, assigned_value;

  // "movies.genres"
  std::string full_name() const { return source + "." + name; }
  bool has_authors() const { return assigned_user.defined(); }
  // bool [rows]: whether a row has a value.
  at::Tensor present() const;
};

std::string_view to_string(FieldType type);

// Whether a row of that type can be made from text cells: numbers, categories, tags, texts, vectors, links to entities.
bool is_made_of_cells(FieldType type);
// Rows as they come in live, each with its cells as text: the first one of a number, a category or a text, all of tags,
// and one a dimension of a vector. A row without cells, or with a number that is none, is missing.
// rows.size() rows; links stand as "relation|entity".
Field field_of_cells(const std::string& full_name, Side side, FieldType type,
                     const std::vector<std::vector<std::string>>& rows);

struct LeakScan {
  Field field;          // bags counted again without the held-out pairs
  int64_t dropped = 0;  // assignments that lay on held-out pairs
};
// held_out: [users, items], whatever values. Fields without authors come back as they are.
LeakScan without_pairs(const Field& field, const Csr& held_out);

}  // namespace haina
