// The parameters of [train.network_params], [train.experts] and [train.encoders], as the page on haina.toml lists them.
#pragma once

#include <map>
#include <string>

namespace haina {

// Markdown for config_reference(): the section's key ("train") -> what follows the section. Names, defaults, ranges and
// meanings come from the tables that check the configuration.
std::map<std::string, std::string> params_reference();

}  // namespace haina
