#include "fusion/fusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "encoders/encoder.h"
#include "fusion/module.h"
#include "fusion/trend.h"

namespace haina {

FusionNetwork::FusionNetwork() : module_(std::make_unique<FusionModule>()) {}
FusionNetwork::FusionNetwork(FusionNetwork&&) noexcept = default;
FusionNetwork& FusionNetwork::operator=(FusionNetwork&&) noexcept = default;
FusionNetwork::~FusionNetwork() = default;

at::Tensor FusionNetwork::score(std::span<const UserState> users) const { return module_->score(users); }

at::Tensor FusionNetwork::item_vectors() const { return module_->final_items; }
at::Tensor FusionNetwork::item_source_weights() const { return module_->final_weights; }

std::vector<std::string> FusionNetwork::item_sources() const {
  std::vector<std::string> names;
  for (const Source& source : module_->item_sources) {
    names.push_back(source.name);
  }
  return names;
}

at::Tensor FusionNetwork::item_source_parts(const UserState& user, std::span<const int32_t> items) const {
  const at::NoGradGuard no_grad;
  const at::Tensor p = module_->user_vectors({&user, 1}).squeeze(0);
  const at::Tensor index = at::tensor(std::vector<int64_t>(items.begin(), items.end()), at::kLong);
  const at::Tensor contributions = module_->final_contributions.index_select(0, index);  // [n, S, width]
  if (module_->article) {
    return module_->article_source_parts(contributions, module_->final_average, p);
  }
  return at::matmul(contributions, p) / contributions.sum(1).norm(2, 1, true).clamp_min(1e-6) *
         module_->scale.item<float>();
}

Result<at::Tensor> FusionNetwork::fuse(std::span<const Field> fields, int64_t rows) const {
  const at::NoGradGuard no_grad;
  std::vector<EncodedField> encoded(module_->item_sources.size());
  std::vector<const EncodedField*> present(encoded.size(), nullptr);
  for (size_t s = 0; s < encoded.size(); ++s) {
    const Source& source = module_->item_sources[s];
    const auto found = std::ranges::find_if(fields, [&](const Field& f) { return f.full_name() == source.name; });
    if (found != fields.end()) {
      HAINA_TRY(encoded[s], source.encoder->encode(*found));
      present[s] = &encoded[s];
    }
  }
  const FusionModule::Items items =
      module_->fuse_fields(present, std::vector<bool>(present.size(), true), rows, KeepContributions::kSkip);
  return module_->item_vectors_of(items.q).contiguous();
}

at::Tensor FusionNetwork::score_vectors(std::span<const UserState> users, const at::Tensor& vectors) const {
  const at::NoGradGuard no_grad;
  if (module_->article) {
    return module_->article->match_all(module_->user_vectors(users), module_->article->prepared(vectors));
  }
  return at::matmul(module_->user_vectors(users), vectors.t()) * module_->scale.item<float>();
}

at::Tensor FusionNetwork::user_vectors(std::span<const UserState> users) const { return module_->user_vectors(users); }

NetworkForm FusionNetwork::form() const { return module_->form; }

std::string_view to_string(NetworkForm form) {
  return form == NetworkForm::kSequence ? "sequence" : form == NetworkForm::kArticle ? "article" : "set";
}

at::Tensor FusionNetwork::item_bias() const { return module_->final_bias; }

TensorMap FusionNetwork::state() const {
  TensorMap state;
  for (const auto& parameter : module_->named_parameters()) {
    state["parameter/" + parameter.key()] = parameter.value().detach();
  }
  if (module_->trend_now.defined()) {
    state["trend"] = module_->trend_now;
  }
  for (const std::vector<Source>* side : {&module_->item_sources, &module_->user_sources}) {
    for (const Source& source : *side) {
      const std::string prefix = (side == &module_->item_sources ? "item/" : "user/") + source.name;
      state["gain/" + prefix] = source.gain;
      for (const auto& [name, tensor] : source.encoder->constants()) {
        state["constant/" + prefix + "/" + name] = tensor;
      }
    }
  }
  return state;
}

namespace {

constexpr const char* kHint = "train again with haina train";

nlohmann::json about_sources(const std::vector<Source>& sources) {
  nlohmann::json about = nlohmann::json::array();
  for (const Source& source : sources) {
    about.push_back(
        {{"name", source.name}, {"encoder", source.encoder_name}, {"params", source.encoder_params.to_json()}});
  }
  return about;
}

// One source as about_sources described it, on the dataset's field of its name. side: "item" or "user".
Result<Source> restore_source(const nlohmann::json& entry, const std::string& side, const TensorMap& state,
                              std::span<const Field> fields, int64_t num_items, const EncoderContext& context,
                              const std::string& where) {
  Source source;
  source.name = entry.value("name", "");
  HAINA_TRY(const EncoderEntry* const encoder, find_encoder(entry.value("encoder", ""), where));
  source.encoder_name = encoder->name;
  source.encoder_params = Params(encoder->params);
  // Models of before parameters were saved have the defaults.
  HAINA_OK(source.encoder_params.merge(entry.value("params", nlohmann::json::object()), where));
  source.encoder = encoder->make(source.encoder_params);
  const Field id = id_field(num_items), behaviour = behaviour_field(0);
  const auto found = std::ranges::find_if(
      fields, [&](const Field& f) { return f.full_name() == source.name && to_string(f.side) == side; });
  const Field* const field = source.name == "id"                    ? &id
                             : source.name == behaviour.full_name() ? &behaviour
                             : found != fields.end()                ? &*found
                                                                    : nullptr;
  if (field == nullptr) {
    return fail({ErrorCode::kBadData,
                 fmt::format("the model was trained with source '{}', which the dataset lacks", source.name), where,
                 kHint});
  }
  source.type = field->type;
  const std::string prefix = fmt::format("{}/{}", side, source.name);
  const std::string constant_prefix = "constant/" + prefix + "/";
  TensorMap constants;
  for (const auto& [key, tensor] : state) {
    if (key.starts_with(constant_prefix)) {
      constants[key.substr(constant_prefix.size())] = tensor;
    }
  }
  HAINA_OK(source.encoder->restore(constants, context, where));
  HAINA_TRY(source.encoded, source.encoder->encode(*field));
  HAINA_TRY(source.gain, take_tensor(state, "gain/" + prefix, at::kFloat, 0, where));
  return source;
}

Status restore_parameters(FusionModule& module, const TensorMap& state, const std::string& where) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : module.named_parameters()) {
    HAINA_TRY(const at::Tensor saved,
              take_tensor(state, "parameter/" + parameter.key(), at::kFloat, parameter.value().dim(), where));
    if (saved.sizes() != parameter.value().sizes()) {
      return fail({ErrorCode::kBadData,
                   fmt::format("parameter '{}' has another shape than the dataset needs", parameter.key()), where,
                   kHint});
    }
    parameter.value().copy_(saved);
  }
  return ok();
}

}  // namespace

nlohmann::json FusionNetwork::about() const {
  return {{"form", to_string(module_->form)},
          {"width", module_->width},
          {"params", module_->params.to_json()},
          {"item_sources", about_sources(module_->item_sources)},
          {"user_sources", about_sources(module_->user_sources)}};
}

Result<FusionNetwork> FusionNetwork::restore(const TensorMap& state, const nlohmann::json& about,
                                             std::span<const Field> fields, int64_t num_items,
                                             const std::string& where) {
  FusionNetwork network;
  FusionModule& module = *network.module_;
  const std::string form = about.value("form", "");
  module.form = form == to_string(NetworkForm::kSequence)  ? NetworkForm::kSequence
                : form == to_string(NetworkForm::kArticle) ? NetworkForm::kArticle
                                                           : NetworkForm::kSet;
  module.params = Params(fusion_params(module.form));
  HAINA_OK(module.params.merge(about.value("params", nlohmann::json::object()), where));
  module.width = about.value("width", int64_t{0});
  module.num_items = num_items;
  const EncoderContext context = {.width = module.width, .train = nullptr, .fields = fields, .seed = 0};
  for (const char* const side : {"item", "user"}) {
    for (const nlohmann::json& entry : about.value(std::string(side) + "_sources", nlohmann::json::array())) {
      HAINA_TRY(Source source, restore_source(entry, side, state, fields, num_items, context, where));
      (side == std::string("item") ? module.item_sources : module.user_sources).push_back(std::move(source));
    }
  }
  if (module.width <= 0 || module.item_sources.empty()) {
    return fail({ErrorCode::kBadData, "the model names no sources", where, kHint});
  }
  if (state.contains("trend")) {
    HAINA_TRY(module.trend_now, take_tensor(state, "trend", at::kFloat, 2, where));
    if (module.trend_now.size(0) != Trend::kScales || module.trend_now.size(1) != num_items) {
      return fail({ErrorCode::kBadData, "the trend has another shape than the dataset needs", where, kHint});
    }
  }
  module.create(0);
  HAINA_OK(restore_parameters(module, state, where));
  module.materialize(KeepContributions::kKeep);
  return network;
}

}  // namespace haina
