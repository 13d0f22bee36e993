// A source with the default encoder of its field.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "encoders/encoder.h"
#include "fusion/module.h"

namespace haina {

inline Source default_source(const std::string& name, const Field& field, const EncoderContext& context) {
  const EncoderEntry* const entry = encoder_for(field);
  auto source = make_source(name, field, {.entry = entry, .params = Params(entry->params)}, context);
  EXPECT_TRUE(source) << (source ? "" : to_text(source.error()));
  return std::move(*source);
}

}  // namespace haina
