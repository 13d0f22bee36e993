#include "exports/random/truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

namespace haina {
namespace {

struct Words {
  std::vector<std::string> things, adjectives, categories, tags, cities, people;
  std::vector<std::vector<std::string>> actions;
};

const Words& words_of(Language language) {
  static const std::vector<Words> words = {
      {{"Lamp", "Chair", "Kettle", "Bottle", "Jacket", "Mirror", "Carpet", "Camera", "Guitar", "Backpack"},
       {"Red", "Small", "Wooden", "Classic", "Silent", "Bright", "Modern", "Heavy", "Soft", "Golden"},
       {"Home", "Kitchen", "Outdoor", "Music", "Garden & Patio", "Office"},
       {"sale", "new", "eco", "handmade", "science fiction", "gift", "premium", "limited"},
       {"London", "Boston", "Leeds", "Dublin", "Austin", "Perth"},
       {"anna", "john.doe", "mary", "peter", "lucy"},
       {{"view", "cart", "purchase"}, {"click", "buy"}, {"play", "like", "skip"}, {"pv", "fav", "cart", "buy"}}},
      {{"Lampe", "Stühle", "Kessel", "Flasche", "Jacke", "Spiegel", "Teppich", "Kamera", "Gürtel", "Rucksäcke"},
       {"Rote", "Kleine", "Hölzerne", "Schöne", "Leise", "Große", "Moderne", "Schwere", "Weiße", "Grüne"},
       {"Küche", "Möbel", "Garten", "Musik", "Büro", "Außen"},
       {"neu", "günstig", "Bio", "Geschenk", "für Kinder", "schön"},
       {"Köln", "Berlin", "München", "Düsseldorf", "Graz"},
       {"jürgen", "anna", "käthe", "peter", "böhm"},
       {{"Ansicht", "Warenkorb", "Kauf"}, {"Klick", "Kauf"}}},
      {{"Lampe", "Théière", "Bouteille", "Fenêtre", "Veste", "Miroir", "Tapis", "Caméra", "Guitare", "Échelle"},
       {"Rouge", "Légère", "Élégante", "Ancienne", "Moderne", "Dorée", "Préférée", "Petite"},
       {"Décoration", "Cuisine", "Extérieur", "Musique", "Bébé", "Bureau"},
       {"nouveau", "été", "cadeau", "écologique", "à la mode", "soldé"},
       {"Paris", "Orléans", "Besançon", "Nîmes", "Liège"},
       {"hélène", "andré", "marie", "françois", "chloé"},
       {{"vue", "panier", "achat"}, {"clic", "achat"}}},
      {{"台灯", "椅子", "水壶", "杯子", "外套", "镜子", "地毯", "相机", "吉他", "背包"},
       {"红色的", "小型", "木制", "经典", "安静的", "明亮的", "现代", "柔软的"},
       {"家居", "厨房", "户外", "音乐", "园艺", "办公"},
       {"促销", "新品", "环保", "手工", "礼物", "高级"},
       {"北京", "上海", "广州", "成都", "杭州"},
       {"张伟", "王芳", "李娜", "刘洋", "陈静"},
       {{"浏览", "加购", "购买"}, {"点击", "购买"}, {"pv", "cart", "buy"}}},
      {{"ランプ", "いす", "やかん", "ボトル", "ジャケット", "かがみ", "カーペット", "カメラ", "ギター", "リュック"},
       {"赤い", "小さな", "木の", "静かな", "明るい", "新しい", "やわらかい", "金色の"},
       {"家具", "キッチン", "アウトドア", "音楽", "庭", "事務用品"},
       {"セール", "新着", "エコ", "手作り", "ギフト", "限定"},
       {"東京", "大阪", "京都", "札幌", "福岡"},
       {"田中", "佐藤", "鈴木", "高橋", "伊藤"},
       {{"閲覧", "カート", "購入"}, {"クリック", "購入"}}},
      {{"Лампа", "Кресло", "Чайник", "Бутылка", "Куртка", "Зеркало", "Ковёр", "Камера", "Гитара", "Рюкзак"},
       {"Красная", "Маленькая", "Тихая", "Яркая", "Новая", "Тяжёлая", "Мягкая", "Золотая"},
       {"Дом", "Кухня", "Отдых", "Музыка", "Сад", "Офис"},
       {"скидка", "новинка", "ручная работа", "подарок", "премиум", "детям"},
       {"Москва", "Казань", "Омск", "Пермь", "Тула"},
       {"анна", "иван", "мария", "пётр", "ольга"},
       {{"просмотр", "корзина", "покупка"}, {"клик", "покупка"}}}};
  return words[static_cast<size_t>(language)];
}

std::string hex(Draw& draw, int digits) {
  std::string text;
  for (int i = 0; i < digits; ++i) {
    text += "0123456789abcdef"[draw.below(16)];
  }
  return text;
}

std::string id_of(IdKind kind, bool user, size_t number, const Words& words, Draw& draw) {
  switch (kind) {
    case IdKind::kSmall:
      return fmt::format("{}", number + 1);
    case IdKind::kBig:
      return fmt::format("{}", 900719925474099300 + static_cast<int64_t>(number) * 97 + draw.below(90));
    case IdKind::kPrefixed:
      return fmt::format("{}{}", user ? "U-" : "P", 1000 + number);
    case IdKind::kUuid:
      return fmt::format("{}-{}-4{}-a{}-{}", hex(draw, 8), hex(draw, 4), hex(draw, 3), hex(draw, 3), hex(draw, 12));
    case IdKind::kPadded:
      return fmt::format("{:06}", number * 7 + 12);
    case IdKind::kMail:
      return fmt::format("{}{}@example.com", user ? "person" : "shop", number);
    case IdKind::kHex:
      return hex(draw, 11) + "f";
    case IdKind::kWords:
      break;
  }
  return fmt::format("{} {}", draw.pick(user ? words.people : words.things), number);
}

std::vector<std::string> draw_ids(IdKind kind, bool user, int64_t count, const Words& words, Draw& draw) {
  std::set<std::string> taken;
  std::vector<std::string> ids;
  // Small numbers of items often do not begin at 1.
  const size_t first = kind == IdKind::kSmall && !user && draw.chance(0.5) ? 100 : 0;
  for (size_t i = 0; std::ssize(ids) < count; ++i) {
    std::string id = id_of(kind, user, first + i, words, draw);
    if (taken.insert(id).second) {
      ids.push_back(std::move(id));
    }
  }
  return ids;
}

double draw_value(ValueKind kind, Draw& draw) {
  switch (kind) {
    case ValueKind::kStars:
      return static_cast<double>(draw.between(1, 5));
    case ValueKind::kHalfStars:
      return static_cast<double>(draw.between(1, 10)) / 2;
    case ValueKind::kTen:
      return static_cast<double>(draw.between(1, 10));
    case ValueKind::kThumbs:
      return draw.chance(0.7) ? 1 : -1;
    case ValueKind::kCount:
      return std::floor(std::exp(draw.uniform() * 6)) + 1;
    case ValueKind::kSeconds:
      return std::round(std::exp(draw.uniform() * 6) * 10) / 10;
    case ValueKind::kNone:
      break;
  }
  return kNoValue;
}

void draw_items(const Words& words, Draw& draw, Truth& truth) {
  const bool all_in_table = draw.chance(0.7);
  for (size_t i = 0; i < truth.item_ids.size(); ++i) {
    TrueItem item;
    // Numbered, since titles repeat where the words are few.
    item.title = fmt::format("{} {} {}", draw.pick(words.adjectives), draw.pick(words.things), i + 1);
    item.category = draw.pick(words.categories);
    std::vector<std::string> tags = words.tags;
    draw.shuffle(tags);
    tags.resize(static_cast<size_t>(draw.between(1, 3)));
    item.tags = std::move(tags);
    item.price = std::round(std::exp(draw.uniform() * 7 + 0.5) * 100) / 100;
    for (int d = 0; d < 4; ++d) {
      item.vector.push_back(std::round((draw.uniform() * 2 - 1) * 1000) / 1000 + 0.0);  // no negative zero
    }
    item.in_table = all_in_table || draw.chance(0.95);
    truth.items.push_back(std::move(item));
  }
}

void draw_events(const TruthOptions& options, Draw& draw, Truth& truth) {
  const int64_t count = draw.between(200, 500);
  const int64_t spans[] = {86'400 * 20, 86'400 * 90, 86'400 * 700};
  const int64_t span = spans[draw.below(3)];
  const int64_t begin = draw.between(1'420'070'400, 1'735'689'600 - span);  // 2015 to 2024
  // An action or a value of an event says nothing of the next; popular items are taken more often.
  std::set<std::tuple<size_t, size_t, std::string, int64_t>> taken;
  const auto users = static_cast<double>(truth.user_ids.size()), items = static_cast<double>(truth.item_ids.size());
  for (int64_t tries = 0; std::ssize(truth.events) < count && tries < 20 * count; ++tries) {
    TrueEvent event;
    event.user = static_cast<size_t>(draw.uniform() * users);
    event.item = static_cast<size_t>(std::pow(draw.uniform(), 1.5) * items);
    event.action = truth.actions.empty() ? "" : draw.pick(truth.actions);
    event.value = draw_value(truth.value_kind, draw);
    event.second = options.has_times ? (begin + draw.below(span)) / options.time_step * options.time_step : 0;
    if (taken.emplace(event.user, event.item, event.action, event.second / 60).second) {
      truth.events.push_back(std::move(event));
    }
  }
}

// Only ids that an event has; all of a small catalogue may not be used.
void drop_unused(Truth& truth) {
  const auto keep = [&truth](std::vector<std::string>& ids, size_t TrueEvent::* member) {
    std::vector<size_t> row(ids.size(), SIZE_MAX);
    std::vector<std::string> kept;
    for (TrueEvent& event : truth.events) {
      size_t& to = row[event.*member];
      if (to == SIZE_MAX) {
        to = kept.size();
        kept.push_back(ids[event.*member]);
      }
      event.*member = to;
    }
    ids = std::move(kept);
  };
  keep(truth.user_ids, &TrueEvent::user);
}

}  // namespace

size_t Draw::weighted(const std::vector<double>& weights) {
  double left = uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) {
      return i;
    }
  }
  return weights.size() - 1;
}

Truth draw_truth(Draw& draw, const TruthOptions& options) {
  const Words& words = words_of(options.language);
  Truth truth = {.language = options.language, .has_times = options.has_times};
  truth.user_kind = static_cast<IdKind>(draw.weighted({30, 8, 20, 8, 8, 10, 8, 8}));
  truth.item_kind = static_cast<IdKind>(draw.weighted({30, 8, 25, 8, 12, 0, 8, 9}));
  truth.value_kind = static_cast<ValueKind>(draw.weighted({35, 20, 10, 8, 7, 10, 10}));
  if (draw.chance(0.35)) {
    truth.actions = draw.pick(words.actions);
  }
  truth.user_ids = draw_ids(truth.user_kind, true, draw.between(25, 60), words, draw);
  truth.item_ids = draw_ids(truth.item_kind, false, draw.between(30, 90), words, draw);
  draw_events(options, draw, truth);
  drop_unused(truth);
  draw_items(words, draw, truth);
  for (size_t u = 0; u < truth.user_ids.size(); ++u) {
    truth.users.push_back({.age = static_cast<double>(draw.between(18, 75)), .city = draw.pick(words.cities)});
  }
  std::set<std::pair<size_t, size_t>> ties;
  const auto users = static_cast<int64_t>(truth.user_ids.size());
  for (int64_t i = 0; i < 3 * users; ++i) {
    const auto a = static_cast<size_t>(draw.below(users)), b = static_cast<size_t>(draw.below(users));
    if (a != b) {
      ties.emplace(a, b);
    }
  }
  truth.ties.assign(ties.begin(), ties.end());
  return truth;
}

}  // namespace haina
