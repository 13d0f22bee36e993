// Which items lists may hold, and what keeps the others out.
#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "engine/engine_state.h"
#include "recommend/rules.h"

namespace haina {
namespace {

using Json = nlohmann::json;

}  // namespace

// An item, and whether lists may hold it.
nlohmann::json Engine::state_of(const View& now, int32_t row) const {
  const bool hidden = now.hidden.const_data_ptr<bool>()[row];
  Json left_out = Json::array();
  if (hidden) {
    left_out.push_back({{"by", "hidden"}});
  }
  for (const std::string& name : now.rules == nullptr ? std::vector<std::string>() : filters_of(*now.rules, row)) {
    left_out.push_back({{"by", "rule"}, {"rule", name}});
  }
  return {{"item", now.catalog.id(row)},       {"title", now.catalog.title(row)}, {"hidden", hidden},
          {"live", now.catalog.is_added(row)}, {"listed", left_out.empty()},      {"left_out", std::move(left_out)}};
}

nlohmann::json Engine::find_items(const std::string& query, bool only_left_out, int64_t offset, int64_t limit) const {
  const View now = view();
  const std::string wanted = ascii_lower(query);
  Json items = Json::array();
  int64_t total = 0;
  for (int32_t row = 0; row < now.catalog.size(); ++row) {
    if (now.removed->contains(row)) {
      continue;
    }
    const bool fits = wanted.empty() || ascii_lower(now.catalog.id(row)).starts_with(wanted) ||
                      ascii_lower(now.catalog.title(row)).find(wanted) != std::string::npos;
    if (!fits) {
      continue;
    }
    if (!only_left_out && (total < offset || std::ssize(items) >= limit)) {
      ++total;
      continue;
    }
    Json state = state_of(now, row);
    if (only_left_out && state["listed"].get<bool>()) {
      continue;
    }
    if (total++ >= offset && std::ssize(items) < limit) {
      items.push_back(std::move(state));
    }
  }
  return {{"total", total}, {"offset", offset}, {"items", std::move(items)}};
}

}  // namespace haina
