// The row itself, without cells: an item or user is known by its row alone.
#include "data/field_types/no_cells.h"

namespace haina {

FieldTypeEntry id_field_type() { return type_without_cells("id"); }

}  // namespace haina
