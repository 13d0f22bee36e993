#include "data/assembly/normal_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/ascii.h"
#include "data/assembly/code_column.h"
#include "data/assembly/id_map.h"
#include "data/parse_cell.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr double kFew = 0.9;   // a larger share of ids in the events is left alone
constexpr double kGain = 0.2;  // the share that another form of the ids must add
constexpr size_t kUuidDigits = 32;

using Ids = std::unordered_set<std::string_view>;
using Names = std::vector<std::string>;

// The digits before ".0", ".00", …; nothing for other text.
std::optional<std::string_view> whole_of(std::string_view id) {
  const size_t point = id.find('.');
  if (point == std::string_view::npos || point + 1 == id.size() || point == 0 ||
      id.find_first_not_of('0', point + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view whole = id.substr(0, point);
  const std::string_view digits = whole.substr(whole.starts_with('-') ? 1 : 0);
  const bool number = !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  return number ? std::optional(whole) : std::nullopt;
}

std::string lower(std::string_view id) { return ascii_lower(std::string(id)); }

std::string without_zeros(std::string_view id) {
  const size_t first = id.find_first_not_of('0');
  return std::string(first == std::string_view::npos ? id.substr(id.empty() ? 0 : id.size() - 1) : id.substr(first));
}

// The 32 digits of a UUID, however it is written; any other id as it is.
std::string uuid_digits(std::string_view id) {
  std::string digits = lower(id);
  std::erase_if(digits, [](char c) { return c == '-' || c == '{' || c == '}'; });
  const bool uuid = digits.size() == kUuidDigits &&
                    std::ranges::all_of(digits, [](unsigned char c) { return std::isxdigit(c) != 0; });
  return uuid ? digits : std::string(id);
}

struct Form {
  const char* doing;  // "ignoring case"
  std::string (*of)(std::string_view id);
};
constexpr std::array kForms = {Form{"ignoring upper and lower case", lower},
                               Form{"ignoring leading zeros", without_zeros},
                               Form{"writing UUIDs in one form", uuid_digits}};

// The roles of a table whose ids are of that side.
std::vector<std::string> roles_of(const SourceConfig& source, Side side) {
  std::vector<std::string> roles = {side == Side::kUser ? "user" : "item"};
  if ((side == Side::kUser && source.kind == SourceKind::kSocial) ||
      (side == Side::kItem && source.kind == SourceKind::kLinks)) {
    roles.emplace_back("other");
  }
  return roles;
}

const arrow::LargeStringArray* names_of(const SourceTable& source, const std::string& role) {
  const arrow::Array* const column = source.table == nullptr ? nullptr : column_of(*source.table, role);
  return column == nullptr || column->type_id() != arrow::Type::DICTIONARY ? nullptr : code_column(*column).names;
}

Names distinct_ids(const SourceTable& source, Side side) {
  Names ids;
  for (const std::string& role : roles_of(*source.config, side)) {
    const arrow::LargeStringArray* const names = names_of(source, role);
    for (int64_t i = 0; names != nullptr && i < names->length(); ++i) {
      ids.emplace_back(names->GetView(i));
    }
  }
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

Status rewrite(SourceTable& source, Side side, const IdMap& map) {
  if (!map.empty()) {
    HAINA_TRY(source.table,
              rewrite_ids(source.table, *source.config, side, map, Unmapped::kKeep, [](std::string_view) {}));
  }
  return ok();
}

// Blanks cut, and whole numbers without ".0" where all numbers with a point are whole.
Status make_plain(SourceTable& source, Side side, QualityReport& quality) {
  IdMap map;
  bool fractions = false;
  const auto for_each_name = [&](const auto& call) {
    for (const std::string& role : roles_of(*source.config, side)) {
      const arrow::LargeStringArray* const names = names_of(source, role);
      for (int64_t i = 0; names != nullptr && i < names->length(); ++i) {
        call(names->GetView(i));
      }
    }
  };
  for_each_name([&](std::string_view id) {
    const std::string_view text = trimmed(id);
    fractions = fractions || (text.find('.') != std::string_view::npos && !whole_of(text) && parse_number(text));
  });
  for_each_name([&](std::string_view id) {
    const std::string_view text = trimmed(id);
    const std::string_view plain = fractions ? text : whole_of(text).value_or(text);
    if (plain.size() != id.size() && !plain.empty() && map.emplace(id, plain).second) {
      quality.count("id brought into the plain form", source.config->name,
                    [&] { return fmt::format("'{}' is '{}'", id, plain); });
    }
  });
  return rewrite(source, side, map);
}

// The id of the events with that form; nothing where two ids of the events would be one.
std::optional<std::unordered_map<std::string, std::string_view>> by_form(const Ids& ids, const Form& form) {
  std::unordered_map<std::string, std::string_view> found;
  for (const std::string_view id : ids) {
    if (!found.emplace(form.of(id), id).second) {
      return std::nullopt;
    }
  }
  return found;
}

double share(size_t part, size_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

size_t count_met(const Names& ids, const Ids& known) {
  return static_cast<size_t>(std::ranges::count_if(ids, [&](const std::string& id) { return known.contains(id); }));
}

// The map of the form under which most ids of the source are in the events, if it adds enough.
std::pair<IdMap, std::string> best_form(const Names& ids, const Ids& known, size_t met) {
  IdMap best;
  std::string doing;
  size_t most = met + static_cast<size_t>(kGain * static_cast<double>(std::min(ids.size(), known.size())));
  for (const Form& form : kForms) {
    const auto of_events = by_form(known, form);
    IdMap map;
    std::unordered_set<std::string> forms;
    size_t found = 0;
    bool one_to_one = of_events.has_value();
    for (size_t i = 0; i < ids.size() && one_to_one; ++i) {
      const std::string formed = form.of(ids[i]);
      one_to_one = forms.insert(formed).second;
      if (const auto id = of_events->find(formed); id != of_events->end()) {
        ++found;
        if (id->second != ids[i]) {
          map.emplace(ids[i], id->second);
        }
      }
    }
    if (one_to_one && found > most) {
      most = found;
      best = std::move(map);
      doing = form.doing;
    }
  }
  return {std::move(best), doing};
}

bool gives_events(const SourceTable& source) {
  return source.config->kind == SourceKind::kEvents || source.config->kind == SourceKind::kImpressions;
}

bool is_compared(const SourceTable& source) {
  const SourceKind kind = source.config->kind;
  return !gives_events(source) && kind != SourceKind::kValues && kind != SourceKind::kMedia && !source.config->live;
}

// How the ids of one source meet those of the events; rewrites them where another form meets better.
Status meet(SourceTable& source, Side side, const Ids& known, std::string_view example, QualityReport& quality) {
  const Names ids = distinct_ids(source, side);
  if (ids.empty() || known.empty()) {
    return ok();
  }
  size_t met = count_met(ids, known);
  std::string note;
  const auto small = std::min(ids.size(), known.size());
  if (share(met, small) < kFew) {
    if (auto [map, doing] = best_form(ids, known, met); !map.empty()) {
      HAINA_OK(rewrite(source, side, map));
      const size_t now = count_met(distinct_ids(source, side), known);
      note = fmt::format("{:.0f} % before {}", 100 * share(met, ids.size()), doing);
      met = now;
    }
  }
  nlohmann::json strangers = nlohmann::json::array();
  for (size_t i = 0; i < ids.size() && strangers.size() < 3; ++i) {
    if (!known.contains(ids[i])) {
      strangers.push_back(ids[i]);
    }
  }
  quality.meetings.push_back({{"source", source.config->name},
                              {"side", to_string(side)},
                              {"ids", ids.size()},
                              {"met", share(met, ids.size())},
                              {"events_met", share(met, known.size())},
                              {"strangers", strangers},
                              {"of_events", example},
                              {"note", note}});
  return ok();
}

}  // namespace

Status make_ids_meet(std::vector<SourceTable>& tables, QualityReport& quality) {
  for (const Side side : {Side::kUser, Side::kItem}) {
    const char* const role = side == Side::kUser ? "user" : "item";
    bool others = false;  // sources that are no events
    for (SourceTable& source : tables) {
      HAINA_OK(make_plain(source, side, quality));
      others = others || (is_compared(source) && names_of(source, role) != nullptr);
    }
    Ids known;  // in the dictionaries of the events' tables, which stay as they are from here on
    std::string_view example;
    for (const SourceTable& source : tables) {
      const arrow::LargeStringArray* const names = others && gives_events(source) ? names_of(source, role) : nullptr;
      for (int64_t i = 0; names != nullptr && i < names->length(); ++i) {
        known.insert(names->GetView(i));
        example = example.empty() ? names->GetView(i) : example;
      }
    }
    for (SourceTable& source : tables) {
      if (is_compared(source)) {
        HAINA_OK(meet(source, side, known, example, quality));
      }
    }
  }
  return ok();
}

}  // namespace haina
