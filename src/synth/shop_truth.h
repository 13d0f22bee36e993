// What was planted in the invented shop, for tests and readers: truth.json, and the tastes of items and users as CSV.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "synth/shop_history.h"
#include "synth/shop_world.h"

namespace haina {

// Schema haina.synth.shop/1:
//   seed, users, items (numbers of them); goal: the source whose events are to be found
//   tastes       one for each of taste_infos(): name, source and field ("pictures", "pictures.picture"; null where no
//                source shows it), shown_by, dimensions, strength, share_of_utility, share_of_liking, items_shown
//                (share)
//   other_parts  popularity, fashion, noise: share_of_utility of each
//   user_sources sources that say what users like: source, fields, what, and where it holds share_of_taste or taste
//   worthless    sources that are random: source, fields
// share_of_utility: of the variance over the items of one user's utility; the parts sum to 1. share_of_liking: of the
// variance that the tastes have together.
nlohmann::json shop_truth(const ShopWorld& world, const ShopHistory& history);

// One row an item, or a user: its id and its taste vector. liking(u, i) = sum over columns of strength x user x item.
std::string item_tastes_csv(const ShopWorld& world);
std::string user_tastes_csv(const ShopWorld& world);

}  // namespace haina
