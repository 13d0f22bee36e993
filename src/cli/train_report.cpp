#include "cli/train_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "experts/expert.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kManyUsers = 50;  // with fewer validation users, a choice is partly luck

// The parameters that differ from the expert's defaults: "factors 128, reg 0.2".
std::string setting_text(const std::string& expert, const Json& params) {
  const auto entry = find_expert(expert, "");
  std::string text;
  for (const auto& [name, value] : params.items()) {
    const auto is_default = [&](const ParamSpec& spec) { return spec.name == name && spec.value == value; };
    if (!entry || std::ranges::none_of((*entry)->params, is_default)) {
      text += fmt::format("{}{} {:g}", text.empty() ? "" : ", ", name, value.get<double>());
    }
  }
  return text.empty() ? "defaults" : text;
}

std::string trials_text(const Json& about, ShowTrials show) {
  const Json& trials = about.at("trials");
  double seconds = 0;
  std::string all, kept;
  for (const Json& trial : trials) {
    const std::string expert = trial.at("expert");
    const std::string setting = setting_text(expert, trial.at("params"));
    seconds += trial.at("seconds").get<double>();
    if (show == ShowTrials::kAll) {
      all += fmt::format("\n  {:.4f} {:7.1f} s  {}: {}{}{}", trial.at("value").get<double>(),
                         trial.at("seconds").get<double>(), expert, setting,
                         trial.value("draft", false) ? " (draft)" : "", trial.at("kept").get<bool>() ? " *" : "");
    } else if (trial.at("kept").get<bool>()) {
      kept += fmt::format("{} {} ({})", kept.empty() ? ":" : ",", expert, setting);
    }
  }
  return fmt::format("\ntried {} settings by validation {} in {:.1f} s{}{}", trials.size(),
                     about.at("metric").get<std::string>(), seconds, kept, all);
}

// How far the choices can be trusted; empty where many users took part in them.
std::string reliability_text(const Json& about) {
  if (about.contains("unvalidated")) {
    const Json& said = about.at("unvalidated");
    return fmt::format("\n{}\n  hint: {}", said.value("text", ""), said.value("hint", ""));
  }
  const int64_t users = about.value("validation_users", kManyUsers);
  return users >= kManyUsers
             ? ""
             : fmt::format(
                   "\nsettings and weights were chosen on {} users with held-out goal events: with fewer than {}, "
                   "another split may choose others",
                   users, kManyUsers);
}

}  // namespace

std::string train_report(const Json& about, const std::filesystem::path& folder, ShowTrials show) {
  const std::string device = about.value("device", "cpu");
  std::string text = fmt::format("trained in {:.1f} s{}: {}\n", about.at("seconds").at("total").get<double>(),
                                 device == "cpu" ? "" : " on " + device, folder.string());
  const Json& ranker = about.at("ranker");
  text += fmt::format("blend ({}):", ranker.at("fit").get<std::string>());
  for (size_t m = 0; m < ranker.at("models").size(); ++m) {
    text += fmt::format(" {} {:.2f}", ranker.at("models")[m].get<std::string>(), ranker.at("weights")[m].get<double>());
  }
  text += reliability_text(about);
  text += about.at("trials").empty() ? "" : trials_text(about, show);
  for (const Json& leak : about.at("leaks")) {
    text += fmt::format("\nleak scan: dropped {} of {} assignments of {}, which lay on held-out pairs",
                        leak.at("dropped").get<int64_t>(), leak.at("assignments").get<int64_t>(),
                        leak.at("field").get<std::string>());
  }
  return text + "\n";
}

}  // namespace haina
