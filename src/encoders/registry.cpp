#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <vector>

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
  const auto tensor_on = [&](const at::Tensor& tensor) { return tensor.defined() ? tensor.to(device) : tensor; };
  const auto bag_on = [&](const Csr& bag) { return bag.offsets.defined() ? moved(bag, device) : bag; };
  return {tensor_on(field.dense), bag_on(field.bag),        bag_on(field.second_bag),
          tensor_on(field.codes), tensor_on(field.present), tensor_on(field.images)};
}

namespace {

bool serves(const EncoderEntry& entry, FieldType type) {
  return std::ranges::find(entry.types, type) != entry.types.end();
}

}  // namespace

const EncoderEntry* encoder_for(const Field& field) {
  const auto entries = encoder_entries();
  const auto found =
      std::ranges::find_if(entries, [&](const EncoderEntry& entry) { return serves(entry, field.type); });
  return found == entries.end() ? nullptr : &*found;
}

Result<EncoderChoice> choose_encoder(const Field& field, const std::map<std::string, nlohmann::json>& settings,
                                     const std::string& where) {
  const std::string type(to_string(field.type));
  auto setting = settings.find(field.full_name());
  if (setting == settings.end()) {
    setting = settings.find(type);
  }
  EncoderChoice choice = {.entry = encoder_for(field), .params = {}};
  if (setting == settings.end()) {
    choice.params = choice.entry == nullptr ? Params() : Params(choice.entry->params);
    return choice;
  }
  nlohmann::json values = setting->second.is_string() ? nlohmann::json{{"encoder", setting->second}} : setting->second;
  if (!values.is_object() || !values.value("encoder", nlohmann::json("")).is_string()) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("the encoder of '{}' is not a name or a table", setting->first), where,
                 fmt::format("write {} = {{ encoder = \"NAME\", PARAM = VALUE }}", setting->first)});
  }
  if (values.contains("encoder")) {
    HAINA_TRY(choice.entry, find_encoder(values["encoder"].get<std::string>(), where));
    values.erase("encoder");
  }
  if (choice.entry == nullptr || !serves(*choice.entry, field.type)) {
    std::string known;
    for (const EncoderEntry& entry : encoder_entries()) {
      if (serves(entry, field.type)) {
        known += (known.empty() ? "" : ", ") + entry.name;
      }
    }
    return fail({ErrorCode::kInvalidArgument,
                 choice.entry == nullptr
                     ? fmt::format("no encoder serves {} fields such as '{}'", type, field.full_name())
                     : fmt::format("encoder '{}' does not serve {} fields such as '{}'", choice.entry->name, type,
                                   field.full_name()),
                 where, known.empty() ? "remove the setting" : fmt::format("encoders of {} fields: {}", type, known)});
  }
  choice.params = Params(choice.entry->params);
  HAINA_OK(choice.params.merge(values, where));
  return choice;
}

Status check_encoder_settings(std::span<const Field> fields, const std::map<std::string, nlohmann::json>& settings,
                              const std::string& where) {
  std::vector<std::string> known;
  for (const EncoderEntry& entry : encoder_entries()) {
    for (const FieldType type : entry.types) {
      if (std::ranges::find(known, to_string(type)) == known.end()) {
        known.emplace_back(to_string(type));
      }
    }
  }
  for (const Field& field : fields) {
    known.push_back(field.full_name());
  }
  for (const auto& [name, setting] : settings) {
    if (std::ranges::find(known, name) == known.end()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is neither a field nor a field type", name), where,
                   did_you_mean(name, known)});
    }
  }
  return ok();
}

}  // namespace haina
