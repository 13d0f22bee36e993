#include <fmt/format.h>

#include <stdexcept>

// toml++ asserts conditions that a malformed file can violate ("[[a={" does), and a release build would continue
// regardless: here such an assertion throws.
[[noreturn]] static void refuse_toml() { throw std::logic_error("the TOML cannot be read"); }
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? void() : refuse_toml())
#include <toml++/toml.h>

#include "config/config_value.h"

namespace haina {
namespace {

std::string place_of(const toml::source_region& region, const std::string& file) {
  return fmt::format("{}:{}:{}", file, region.begin.line, region.begin.column);
}

ConfigValue convert(const toml::node& node, const std::string& file) {
  ConfigValue value = {.data = {}, .place = place_of(node.source(), file)};
  if (const toml::table* const table = node.as_table()) {
    ConfigValue::Table entries;
    for (const auto& [key, element] : *table) {
      entries.push_back(
          {.key = std::string(key.str()), .place = place_of(key.source(), file), .value = convert(element, file)});
    }
    value.data = std::move(entries);
  } else if (const toml::array* const array = node.as_array()) {
    ConfigValue::List list;
    for (const toml::node& element : *array) {
      list.push_back(convert(element, file));
    }
    value.data = std::move(list);
  } else if (node.is_boolean()) {
    value.data = *node.value<bool>();
  } else if (node.is_integer()) {
    value.data = *node.value<int64_t>();
  } else if (node.is_floating_point()) {
    value.data = *node.value<double>();
  } else if (node.is_string()) {
    value.data = *node.value<std::string>();
  }
  return value;
}

}  // namespace

Result<ConfigValue> parse_toml(const std::string& text, const std::string& file) {
  try {
    return convert(toml::parse(text, file), file);
  } catch (const toml::parse_error& e) {
    return fail({ErrorCode::kInvalidArgument, std::string(e.description()), place_of(e.source(), file),
                 "correct the TOML there"});
  } catch (const std::logic_error& e) {
    return fail({ErrorCode::kInvalidArgument, e.what(), file, "check brackets and keys, or start from haina init"});
  }
}

}  // namespace haina
