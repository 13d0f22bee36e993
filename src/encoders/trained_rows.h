// Which rows an encoder may learn from.
#pragma once

#include <ATen/core/Tensor.h>

#include "data/field.h"
#include "encoders/encoder.h"

namespace haina {

// bool [rows]: items or users with a training event; all rows if the context has no training part. Encoders must not
// learn from other rows: their values belong to the validation and test parts.
at::Tensor trained_rows(const Field& field, const EncoderContext& context);

}  // namespace haina
