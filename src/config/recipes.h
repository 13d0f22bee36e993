// Whole configurations for exports as shops have them, to copy and change.
#pragma once

#include <span>

namespace haina {

struct Recipe {
  const char* name;  // "A log for each action"
  const char* text;  // when it fits, and what to watch
  const char* toml;  // a haina.toml that load_config accepts
};

std::span<const Recipe> config_recipes();

}  // namespace haina
