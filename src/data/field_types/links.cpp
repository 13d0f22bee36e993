// What an item is linked to: other items (`target` kItems), or entities of a knowledge graph as "relation|entity"
// (`target` kValues). `bags`: [rows, items or values].
#include "data/field_type.h"
#include "data/field_types/field_parts.h"

namespace haina {

FieldTypeEntry links_field_type() {
  return {.name = "links",
          .has_values = true,
          .present = bags_present,
          .save = save_bags,
          .load = load_bags,
          .is_sound = bags_are_sound,
          .from_text = bags_from_text,
          .to_text = bags_to_text};
}

}  // namespace haina
