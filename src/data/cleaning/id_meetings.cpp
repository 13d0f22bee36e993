#include "data/cleaning/id_meetings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace haina {
namespace {

constexpr double kBadShare = 0.5;  // of a source's ids in the events, and of the events' ids in the source
constexpr double kNone = 0.05;

}  // namespace

std::vector<std::string> meeting_lines(const nlohmann::json& meetings, Meetings which) {
  std::vector<std::string> lines;
  for (const nlohmann::json& meeting : meetings) {
    const auto met = meeting.at("met").get<double>();
    const auto events_met = meeting.at("events_met").get<double>();
    const std::string note = meeting.at("note");
    const bool bad = std::max(met, events_met) < kBadShare || std::min(met, events_met) < kNone;
    if (which == Meetings::kBad && !bad && note.empty()) {
      continue;
    }
    std::string line =
        fmt::format("{}: {:.0f} % of its {} {}s are in the events, {:.0f} % of the events' {}s are in it",
                    meeting.at("source").get<std::string>(), 100 * met, meeting.at("ids").get<int64_t>(),
                    meeting.at("side").get<std::string>(), 100 * events_met, meeting.at("side").get<std::string>());
    line += note.empty() ? "" : fmt::format(" ({} of its ids were in events)", note);
    if (bad && !meeting.at("strangers").empty()) {
      line +=
          fmt::format("; ids here look like '{}', in the events like '{}'",
                      meeting.at("strangers").front().get<std::string>(), meeting.at("of_events").get<std::string>());
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace haina
