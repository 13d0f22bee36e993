// What haina train prints.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace haina {

enum class ShowTrials { kKept, kAll };

// `about` of a model's manifest as text: time, device, blend weights, trials and dropped leaks.
std::string train_report(const nlohmann::json& about, const std::filesystem::path& folder, ShowTrials show);

}  // namespace haina
