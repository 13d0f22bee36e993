// The invented shop as the text of its files.
#pragma once

#include <map>
#include <string>

#include "synth/shop_history.h"
#include "synth/shop_world.h"

namespace haina {

// Names and contents of the CSV files that haina.toml names: items, users, follows, scans, views, purchases,
// favourites, comments, searches. Times are written as 2025-03-04T05:06:07Z.
std::map<std::string, std::string> shop_tables(const ShopWorld& world, const ShopHistory& history);

// haina.toml: all of these and, unless media are left out, pictures, sounds and clips. Each column of items.csv is a
// source of its own, so that a training can leave out one alone.
std::string shop_toml(const ShopOptions& options);

}  // namespace haina
