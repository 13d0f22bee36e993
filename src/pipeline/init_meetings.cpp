#include "pipeline/init_meetings.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "config/config.h"
#include "data/assembly/join_orders.h"
#include "data/assembly/normal_ids.h"
#include "data/cleaning/id_meetings.h"
#include "pipeline/dry_run.h"

namespace haina {
namespace {

bool was_read_whole(const InitSource& source) {
  std::error_code code;
  return source.table != nullptr && std::filesystem::file_size(source.file, code) <= kReadWhole && !code;
}

}  // namespace

std::vector<std::string> bad_meetings(const std::vector<InitSource>& sources) {
  if (sources.size() < 2 || !std::ranges::all_of(sources, was_read_whole)) {
    return {};
  }
  std::deque<SourceConfig> configs;  // the tables point to them
  std::vector<SourceTable> tables;
  for (const InitSource& source : sources) {
    SourceConfig& config = configs.emplace_back();
    config.name = source.name;
    config.kind = source.inferred.kind;
    for (const auto& [key, value] : source.inferred.settings) {
      config.join = key == "join" ? nlohmann::json::parse(value, nullptr, false).get<std::string>() : config.join;
    }
    tables.push_back({&config, source.table});
  }
  QualityReport quality;
  if (!join_orders(tables, quality) || !make_ids_meet(tables, quality)) {
    return {};
  }
  return meeting_lines(quality.meetings, Meetings::kBad);
}

}  // namespace haina
