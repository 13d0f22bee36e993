// The history of a user, without cells: its encoder reads the user's state.
#include "data/field_types/no_cells.h"

namespace haina {

FieldTypeEntry behaviour_field_type() { return type_without_cells("behaviour"); }

}  // namespace haina
