#include "pretrained/network_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "base/sha256.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr int64_t kMostTokens = 8192, kMostSide = 512;
constexpr const char* kOwnSettings = "encoder.json";

bool is_file(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code);
}

// One JSON object of settings and the file that it stands in.
class Settings {
 public:
  static Result<Settings> read(const fs::path& file) {
    if (!is_file(file)) {
      return Settings(file, Json::object());
    }
    HAINA_TRY(Json json, read_json(file));
    if (!json.is_object()) {
      return fail({ErrorCode::kBadData, "not one JSON object", file.string(), "write {\"key\": value}"});
    }
    return Settings(file, std::move(json));
  }
  bool has(const char* key) const { return json_.contains(key) && !json_[key].is_null(); }
  const Json& operator[](const char* key) const { return json_[key]; }
  const Json& json() const { return json_; }

  Status number(const char* key, double least, double most, double& into) const {
    if (!has(key)) {
      return ok();
    }
    if (!json_[key].is_number() || json_[key].get<double>() < least || json_[key].get<double>() > most) {
      return wrong(key, fmt::format("a number from {} to {}", least, most));
    }
    into = json_[key].get<double>();
    return ok();
  }
  Status whole(const char* key, int64_t least, int64_t most, int64_t& into) const {
    double value = static_cast<double>(into);
    HAINA_OK(number(key, static_cast<double>(least), static_cast<double>(most), value));
    into = static_cast<int64_t>(value);
    return ok();
  }
  Status flag(const char* key, bool& into) const {
    if (!has(key)) {
      return ok();
    }
    if (!json_[key].is_boolean()) {
      return wrong(key, "true or false");
    }
    into = json_[key].get<bool>();
    return ok();
  }
  Status three(const char* key, double least, std::array<double, 3>& into) const {
    if (!has(key)) {
      return ok();
    }
    const Json& given = json_[key];
    const bool fits = given.is_array() && given.size() == 3 && std::ranges::all_of(given, [&](const Json& value) {
                        return value.is_number() && value.get<double>() >= least;
                      });
    if (!fits) {
      return wrong(key, "three numbers, of red, green and blue");
    }
    into = given.get<std::array<double, 3>>();
    return ok();
  }
  Status wrong(const char* key, const std::string& wanted) const {
    return fail({ErrorCode::kBadData, fmt::format("'{}' is {}", key, json_[key].dump()), file_.string(),
                 fmt::format("give {}", wanted)});
  }
  Status known(const std::vector<std::string>& keys) const {
    for (const auto& [key, value] : json_.items()) {
      if (std::ranges::find(keys, key) == keys.end()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("unknown key '{}'", key), file_.string(),
                     fmt::format("the keys are: {}", fmt::join(keys, ", "))});
      }
    }
    return ok();
  }

 private:
  Settings(fs::path file, Json json) : file_(std::move(file)), json_(std::move(json)) {}
  fs::path file_;
  Json json_;
};

// As sentence-transformers writes them.
Status read_sentence_settings(const fs::path& folder, NetworkFolder& into) {
  HAINA_TRY(const Settings sentence, Settings::read(folder / "sentence_bert_config.json"));
  HAINA_OK(sentence.whole("max_seq_length", 1, kMostTokens, into.max_tokens));
  HAINA_TRY(const Settings pooling, Settings::read(folder / "1_Pooling" / "config.json"));
  bool mean = true, first = false;
  HAINA_OK(pooling.flag("pooling_mode_mean_tokens", mean));
  HAINA_OK(pooling.flag("pooling_mode_cls_token", first));
  if (!mean && !first) {
    return fail({ErrorCode::kUnsupported, "neither the mean of the tokens nor the first one is pooled",
                 (folder / "1_Pooling" / "config.json").string(),
                 fmt::format("say \"pooling\": \"mean\" in {}, if that serves", kOwnSettings)});
  }
  into.pooling = first ? Pooling::kFirst : Pooling::kMean;
  return ok();
}

// {"height": 224, "width": 224}, {"shortest_edge": 256}, or a number.
Status read_size(const Settings& settings, const char* key, int64_t& pixels, bool* keep_ratio) {
  if (!settings.has(key)) {
    return ok();
  }
  const Json& size = settings[key];
  const Json& given = size.is_object() && size.contains("shortest_edge") ? size["shortest_edge"]
                      : size.is_object() && size.contains("height")      ? size["height"]
                                                                         : size;
  const bool square = !size.is_object() || !size.contains("width") || size["width"] == given;
  if (!given.is_number_integer() || given < 1 || given > 4 * kMostSide || !square) {
    return settings.wrong(key, fmt::format("a square of at most {} pixels", 4 * kMostSide));
  }
  pixels = given.get<int64_t>();
  if (keep_ratio != nullptr) {
    *keep_ratio = !(size.is_object() && size.contains("height"));
  }
  return ok();
}

// As Hugging Face's image processors write them.
Status read_picture_settings(const fs::path& folder, NetworkFolder& into) {
  HAINA_TRY(const Settings settings, Settings::read(folder / "preprocessor_config.json"));
  HAINA_OK(read_size(settings, "size", into.resize, &into.keep_ratio));
  into.side = into.resize > 0 ? into.resize : into.side;
  bool crop = settings.has("crop_size");
  HAINA_OK(settings.flag("do_center_crop", crop));
  if (crop) {
    HAINA_OK(read_size(settings, "crop_size", into.side, nullptr));
  }
  HAINA_OK(settings.number("rescale_factor", 0, 1e6, into.scale));
  bool normalize = settings.has("image_mean");
  HAINA_OK(settings.flag("do_normalize", normalize));
  if (normalize) {
    HAINA_OK(settings.three("image_mean", -1e6, into.mean));
    HAINA_OK(settings.three("image_std", 1e-6, into.deviation));
  }
  return ok();
}

Status read_own_settings(const fs::path& folder, NetworkFolder& into) {
  HAINA_TRY(const Settings own, Settings::read(folder / kOwnSettings));
  HAINA_OK(own.known({"max_tokens", "pooling", "normalize", "output", "resize", "keep_ratio", "side", "scale", "mean",
                      "deviation", "bgr", "channels_first"}));
  HAINA_OK(own.whole("max_tokens", 1, kMostTokens, into.max_tokens));
  HAINA_OK(own.flag("normalize", into.normalize));
  HAINA_OK(own.whole("resize", 1, 4 * kMostSide, into.resize));
  HAINA_OK(own.flag("keep_ratio", into.keep_ratio));
  HAINA_OK(own.whole("side", 1, kMostSide, into.side));
  HAINA_OK(own.number("scale", 0, 1e6, into.scale));
  HAINA_OK(own.three("mean", -1e6, into.mean));
  HAINA_OK(own.three("deviation", 1e-6, into.deviation));
  HAINA_OK(own.flag("bgr", into.bgr));
  if (own.has("channels_first")) {
    into.channels_first = false;
    HAINA_OK(own.flag("channels_first", *into.channels_first));
  }
  if (own.has("output")) {
    if (!own["output"].is_string()) {
      return own.wrong("output", "the name of a tensor");
    }
    into.output = own["output"].get<std::string>();
  }
  if (own.has("pooling")) {
    if (own["pooling"] != "mean" && own["pooling"] != "first") {
      return own.wrong("pooling", "\"mean\" or \"first\"");
    }
    into.pooling = own["pooling"] == "mean" ? Pooling::kMean : Pooling::kFirst;
  }
  return ok();
}

Result<fs::path> model_in(const fs::path& folder) {
  static constexpr std::array kNames = {"model.onnx", "onnx/model.onnx", "model.safetensors"};
  for (const char* const name : kNames) {
    if (is_file(folder / name)) {
      return folder / name;
    }
  }
  return fail({ErrorCode::kNotFound, fmt::format("no network: none of {} is there", fmt::join(kNames, ", ")),
               folder.string(), "bring networks with tools/fetch_encoders, or export yours to ONNX"});
}

Result<std::string> identity_of(const NetworkFolder& network) {
  HAINA_TRY(const std::string model, sha256_of(network.model));
  std::string tokenizer;
  if (!network.tokenizer.empty()) {
    HAINA_TRY(tokenizer, sha256_of(network.tokenizer));
  }
  const std::string settings = fmt::format(
      "{} {} {} {} {} {} {} {} {} {} {} {} {} {}", model, tokenizer, network.max_tokens,
      static_cast<int>(network.pooling), network.normalize, network.output, network.resize, network.keep_ratio,
      network.side, network.scale, fmt::join(network.mean, " "), fmt::join(network.deviation, " "), network.bgr,
      network.channels_first.has_value() ? (*network.channels_first ? "first" : "last") : "");
  Sha256 hash;
  hash.add(settings.data(), settings.size());
  return hash.hex();
}

}  // namespace

Result<NetworkFolder> read_network_folder(const fs::path& path) {
  NetworkFolder network;
  fs::path folder = path;
  if (is_file(path)) {
    folder = path.parent_path();
    network.model = path;
  } else {
    HAINA_TRY(network.model, model_in(path));
  }
  if (is_file(folder / "tokenizer.json")) {
    network.tokenizer = folder / "tokenizer.json";
  }
  HAINA_OK(read_sentence_settings(folder, network));
  HAINA_OK(read_picture_settings(folder, network));
  HAINA_OK(read_own_settings(folder, network));
  network.resize = std::max(network.resize, network.side);
  if (network.side > kMostSide) {
    return fail({ErrorCode::kUnsupported, fmt::format("the network sees pictures of {} pixels", network.side),
                 folder.string(), fmt::format("give one that sees at most {}", kMostSide)});
  }
  HAINA_TRY(network.identity, identity_of(network));
  return network;
}

}  // namespace haina
