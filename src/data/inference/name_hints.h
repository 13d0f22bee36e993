// What the name of a column or a file hints at, in many languages. Hints only: the shape of the cells decides with
// them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace haina {

enum class Meaning {
  kUser,
  kItem,
  kOther,    // the second user of a pair: friend, followee
  kSession,  // a visit
  kOrder,    // an order, a basket, an invoice
  kRow,      // a review, an entry of a log: one a row
  kTime,
  kRating,  // what the user thought
  kAmount,  // how often, how many, how long
  kAction,
  kPrice,
  kTitle,
  kCategory,  // what an item is like: category, brand, style
  kProfile,   // what a user is like: age, country
  kContext    // circumstances: device, channel
};

// How strongly a name hints at each meaning: 4 the whole name ("user_id", "Kunde"), 3 its last word ("review_user"), 2
// another word of it, 1 a part of a word ("profilename").
class NameHints {
 public:
  explicit NameHints(std::string_view name);
  int of(Meaning meaning) const;
  // "user_id", "StockCode", "商品番号": the name says that the cells are ids.
  bool id() const { return id_; }
  // The meaning with the strongest hint is this one (or as strong a one).
  bool mainly(Meaning meaning) const;
  // Nothing is known of the name.
  bool none() const { return strengths_.empty(); }

 private:
  std::map<Meaning, int> strengths_;
  bool id_ = false;
};

}  // namespace haina
