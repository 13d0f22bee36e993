#include <array>

#include "base/suggest.h"
#include "encoders/encoder.h"

namespace haina {

#define HAINA_ENCODER(name) EncoderEntry name##_encoder_entry();
#include "encoders/encoders.def"
#undef HAINA_ENCODER

std::span<const EncoderEntry> encoder_entries() {
  static const std::array entries = {
#define HAINA_ENCODER(name) name##_encoder_entry(),
#include "encoders/encoders.def"
#undef HAINA_ENCODER
  };
  return entries;
}

Result<const EncoderEntry*> find_encoder(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const EncoderEntry& entry : encoder_entries()) {
    if (entry.name == name) {
      return &entry;
    }
    known.push_back(entry.name);
  }
  return fail({ErrorCode::kInvalidArgument, "unknown encoder '" + name + "'", where, did_you_mean(name, known)});
}

EncodedField moved(const EncodedField& field, at::Device device) {
  const auto there = [&](const at::Tensor& tensor) { return tensor.defined() ? tensor.to(device) : tensor; };
  const auto bag_there = [&](const Csr& bag) { return bag.offsets.defined() ? moved(bag, device) : bag; };
  return {there(field.dense), bag_there(field.bag), bag_there(field.second_bag), there(field.codes),
          there(field.present)};
}

const EncoderEntry* encoder_for(const Field& field) {
  for (const EncoderEntry& entry : encoder_entries()) {
    if (std::find(entry.types.begin(), entry.types.end(), field.type) != entry.types.end()) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace haina
