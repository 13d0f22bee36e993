#include "encoders/trained_rows.h"

namespace haina {

at::Tensor trained_rows(const Field& field, const EncoderContext& context) {
  if (context.train == nullptr) {
    return at::ones({field.num_rows}, at::kBool);
  }
  return field.side == Side::kItem ? context.train->item_counts(0).gt(0) : context.train->offsets.diff().gt(0);
}

}  // namespace haina
