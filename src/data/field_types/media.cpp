// One file a row, a picture, a sound or a film. `texts`: [rows], its path, empty where missing.
#include "data/field_type.h"
#include "data/field_types/field_parts.h"

namespace haina {

FieldTypeEntry media_field_type() {
  return {.name = "media",
          .present = texts_present,
          .save = save_texts,
          .load = load_texts,
          .is_sound = texts_are_sound,
          .to_text = texts_to_text};
}

}  // namespace haina
