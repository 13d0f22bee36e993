#include "text/action_words.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "text/name_words.h"

namespace haina {
namespace {

struct Entry {
  ActionWord meaning;
  std::vector<std::string_view> words;  // as name_words() folds them, in their plain form, without separators
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> entries = {
      {{Deed::kShown, 0}, {"impression", "imp", "show", "shown", "exposure", "expose", "display", "served", "曝光"}},
      {{Deed::kLookedAt, 0},
       {"view",   "click",    "clk",      "pv",          "open",         "visit",      "browse",         "hover",
        "detail", "details",  "preview",  "pageview",    "itemview",     "viewitem",   "search",         "tap",
        "scroll", "see",      "seen",     "productview", "clickthrough", "detailview", "detailpageview", "look",
        "glance", "zoom",     "navigate", "浏览",        "瀏覽",         "点击",       "點擊",           "查看",
        "閲覧",   "クリック", "klick",    "ansicht",     "angesehen",    "vue",        "clic",           "vista",
        "visto",  "clique",   "просмотр", "просмотрел",  "клик",         "클릭",       "조회",           "goruntuleme",
        "tiklama"}},
      {{Deed::kDealtWith, 0},
       {"read", "watch", "play", "listen", "stream", "start", "use", "consume", "checkin", "观看", "播放", "視聴"}},
      {{Deed::kWanted, 2},
       {"cart",       "addtocart", "add2cart", "basket",   "addtobasket", "addtobag",  "atc",    "加购",
        "加入购物车", "购物车",    "加購",     "カート",   "カート追加",  "warenkorb", "panier", "carrito",
        "carrello",   "carrinho",  "корзина",  "вкорзину", "장바구니",    "sepet",     "koszyk"}},
      {{Deed::kWanted, 1},
       {"wishlist", "addtowishlist", "wish",     "want",  "watchlist", "favorite",  "favourite",  "fav",
        "bookmark", "save",          "like",     "share", "follow",    "subscribe", "heart",      "star",
        "upvote",   "thumbsup",      "收藏",     "喜欢",  "点赞",      "分享",      "お気に入り", "いいね",
        "merken",   "favori",        "favorito", "aime",  "избранное", "лайк",      "좋아요",     "찜"}},
      {{Deed::kWanted, -1}, {"removefromcart", "removefrombasket", "removefromwishlist"}},
      {{Deed::kDealtWith, 1},
       {"rating", "rate", "review", "comment", "install", "download", "apply", "complete", "finish", "評価"}},
      {{Deed::kDealtWith, 3},
       {"buy",     "bought",     "purchase", "order",   "checkout", "transaction", "sale",     "sold",
        "pay",     "paid",       "payment",  "book",    "rent",     "borrow",      "loan",     "购买",
        "購買",    "購入",       "下单",     "成交",    "支付",     "注文",        "kauf",     "kaufen",
        "gekauft", "bestellung", "achat",    "acheter", "compra",   "comprar",     "acquisto", "покупка",
        "купил",   "заказ",      "구매",     "주문",    "zakup",    "satinalma",   "kop",      "aankoop"}},
      {{Deed::kRefused, -1},
       {"dislike",    "unlike", "unfollow",      "hate",     "hide",    "hidden",  "block",     "downvote",
        "thumbsdown", "skip",   "dismiss",       "reject",   "report",  "remove",  "uninstall", "ban",
        "ignore",     "cancel", "notinterested", "negative", "return",  "refund",  "不喜欢",    "取消",
        "退货",       "返品",   "дизлайк",       "возврат",  "retoure", "ruckgabe"}}};
  return entries;
}

// "view" of "viewed", "views" and "viewing"; "save" of "saving".
bool is_form_of(std::string_view word, std::string_view plain) {
  if (word == plain) {
    return true;
  }
  if (static_cast<unsigned char>(plain.front()) >= 0x80 || plain.size() < 3) {
    return false;
  }
  for (const std::string_view ending : {"s", "es", "d", "ed", "ing"}) {
    if (word.size() <= ending.size() || !word.ends_with(ending)) {
      continue;
    }
    const std::string_view stem = word.substr(0, word.size() - ending.size());
    const bool doubled = stem.size() == plain.size() + 1 && stem.back() == plain.back();  // "skipped"
    if (stem == plain || (doubled && stem.starts_with(plain)) ||
        (ending != "s" && plain.ends_with('e') && stem == plain.substr(0, plain.size() - 1))) {
      return true;
    }
  }
  return false;
}

const Entry* entry_of(std::string_view word) {
  const auto found = std::ranges::find_if(entries(), [&](const Entry& entry) {
    return std::ranges::any_of(entry.words, [&](std::string_view plain) { return is_form_of(word, plain); });
  });
  return found == entries().end() ? nullptr : &*found;
}

}  // namespace

std::optional<ActionWord> action_word(std::string_view name, size_t most_words) {
  const std::vector<std::string> words = name_words(name);
  std::string whole;
  for (const std::string& word : words) {
    whole += word;
  }
  if (whole.empty()) {
    return std::nullopt;
  }
  if (const Entry* const entry = entry_of(whole)) {
    return entry->meaning;
  }
  std::optional<ActionWord> strongest;
  for (const std::string& word : words.size() <= most_words ? words : std::vector<std::string>()) {
    const Entry* const entry = entry_of(word);
    if (entry != nullptr && (!strongest || entry->meaning.deed > strongest->deed)) {
      strongest = entry->meaning;
    }
  }
  return strongest;
}

}  // namespace haina
