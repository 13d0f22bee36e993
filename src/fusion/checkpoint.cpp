#include "fusion/checkpoint.h"

#include <utility>

#include "base/files.h"

namespace haina {
namespace {

constexpr const char* kSchema = "haina.checkpoint/1";

}  // namespace

Status save_checkpoint(const std::filesystem::path& folder, const std::string& key, const Checkpoint& checkpoint) {
  HAINA_TRY(AtomicFolder atomic, AtomicFolder::create(folder));
  HAINA_OK(save_tensors(atomic.path() / "run.safetensors", checkpoint.tensors));
  return atomic.commit(kSchema, {{"key", key}, {"run", checkpoint.about}});
}

std::optional<Checkpoint> load_checkpoint(const std::filesystem::path& folder, const std::string& key) {
  const auto manifest = open_manifest(folder, kSchema, Verify::kChecksums);
  if (!manifest || !manifest->contains("about") || manifest->at("about").value("key", "") != key) {
    return std::nullopt;
  }
  auto tensors = load_tensors(folder / "run.safetensors");
  if (!tensors) {
    return std::nullopt;
  }
  return Checkpoint{std::move(*tensors), manifest->at("about").value("run", nlohmann::json::object())};
}

}  // namespace haina
