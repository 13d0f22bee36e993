// The users that a user has ties to. `bags`: [users, users].
#include "data/field_type.h"
#include "data/field_types/field_parts.h"

namespace haina {
namespace {

// The live document of a user has friends of its own, which join those of the files.
void join(const Field& more, Field& field) {
  BagEntries entries;
  for (int32_t r = 0; r < field.num_rows; ++r) {
    entries.add_row(more.bags, r);
    entries.add_row(field.bags, r);
  }
  field.bags = entries.to_csr(field.num_rows, field.bags.num_cols);
}

}  // namespace

FieldTypeEntry social_field_type() {
  return {.name = "social",
          .present = bags_present,
          .save = save_bags,
          .load = load_bags,
          .is_sound = bags_are_sound,
          .join = join,
          .to_text = bags_to_text};
}

}  // namespace haina
