#include "cli/train_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "cli/wrapped.h"
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
  const std::string text = fmt::format("tried {} settings by validation {} in {:.1f} s{}", trials.size(),
                                       about.at("metric").get<std::string>(), seconds, kept);
  return "\n" + wrapped(text, "  ") + all;
}

// "blend (blend): ials 0.28, ease -0.02; without weight: popularity", the largest first.
std::string blend_text(const Json& ranker) {
  std::vector<std::pair<double, std::string>> weights;
  std::string unused;
  for (size_t m = 0; m < ranker.at("models").size(); ++m) {
    const std::string name = ranker.at("models")[m];
    const double weight = ranker.at("weights")[m];
    if (weight == 0) {
      unused += (unused.empty() ? "" : ", ") + name;
    } else {
      weights.emplace_back(weight, name);
    }
  }
  std::ranges::stable_sort(weights, [](const auto& a, const auto& b) { return std::abs(a.first) > std::abs(b.first); });
  std::string text = fmt::format("blend ({}):", ranker.at("fit").get<std::string>());
  for (size_t m = 0; m < weights.size(); ++m) {
    text += fmt::format("{} {} {:.2f}", m == 0 ? "" : ",", weights[m].second, weights[m].first);
  }
  return text + (unused.empty() ? "" : "; without weight: " + unused);
}

// How far the choices can be trusted; empty where many users took part in them.
std::string reliability_text(const Json& about) {
  if (about.contains("unvalidated")) {
    const Json& said = about.at("unvalidated");
    return "\n" + wrapped(said.value("text", "")) + "\n" + wrapped("  hint: " + said.value("hint", ""), "  ");
  }
  const int64_t users = about.value("validation_users", kManyUsers);
  return users >= kManyUsers
             ? ""
             : "\n" +
                   wrapped(fmt::format("settings and weights were chosen on {} users with held-out goal events: with "
                                       "fewer than {}, another split may choose others",
                                       users, kManyUsers),
                           "  ");
}

}  // namespace

std::string train_report(const Json& about, const std::filesystem::path& folder, ShowTrials show) {
  const std::string device = about.value("device", "cpu");
  std::string text = fmt::format("trained in {:.1f} s{}: {}\n", about.at("seconds").at("total").get<double>(),
                                 device == "cpu" ? "" : " on " + device, folder.string());
  text += wrapped(blend_text(about.at("ranker")), "  ");
  text += reliability_text(about);
  text += about.at("trials").empty() ? "" : trials_text(about, show);
  for (const Json& leak : about.at("leaks")) {
    text += fmt::format("\nleak scan: dropped {} of {} assignments of {}, which lay on held-out pairs",
                        leak.at("dropped").get<int64_t>(), leak.at("assignments").get<int64_t>(),
                        leak.at("field").get<std::string>());
  }
  return text +
         (about.contains("unvalidated")
              ? "\nnext: haina serve takes events, haina recommend --user ID prints a list\n"
              : "\nnext: haina evaluate says whether to trust the lists, haina recommend --user ID prints one\n");
}

}  // namespace haina
