// What the name of an action says, in many languages: view, addtocart, 购买, Kauf, dislike.
#pragma once

#include <optional>
#include <string_view>

namespace haina {

// What a user did with an item, from weak to strong; kRefused is the user's no.
enum class Deed { kShown, kLookedAt, kWanted, kDealtWith, kRefused };

struct ActionWord {
  Deed deed = Deed::kDealtWith;
  // How near to a purchase it is: 3 buy, 2 cart, 1 other deeds that speak for the item (like, rate, install), 0 those
  // that say nothing of it (view, watch, read), -1 those against it (dislike, return, remove from the cart).
  int wish = 0;
};

// Of a name in any spelling ("AddToCart", "add-to-cart", "viewed"); the strongest deed where several words are known.
// Nothing where no word is. most_words: longer texts, such as titles in a column that is no action, are not searched
// word by word.
std::optional<ActionWord> action_word(std::string_view name, size_t most_words = 3);

}  // namespace haina
