#include "synth/shop_files.h"

#include <fmt/format.h>

#include <chrono>

#include "base/seed.h"
#include "synth/shop_words.h"

namespace haina {
namespace {

std::string day_of_seconds(int64_t seconds) {
  const std::chrono::sys_seconds moment{std::chrono::seconds(seconds)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(moment)};
  return fmt::format("{:04}-{:02}-{:02}", int(day.year()), unsigned(day.month()), unsigned(day.day()));
}

// seconds: since 1970, not negative.
std::string moment_of_seconds(int64_t seconds) {
  const int64_t in_day = seconds % 86400;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", day_of_seconds(seconds), in_day / 3600, in_day / 60 % 60, in_day % 60);
}

std::string description_of(const ShopItem& item, RandomStream& stream) {
  const std::span<const std::string_view> telling = words_of_subject(item.subject), filler = filler_words();
  std::string text;
  for (int n = 0; n < 12; ++n) {
    const std::span<const std::string_view> words = n % 2 == 0 ? filler : telling;
    text += (n == 0 ? "" : " ");
    text += words[static_cast<size_t>(stream.below(std::ssize(words)))];
  }
  return text;
}

std::string items_table(const ShopWorld& world) {
  RandomStream stream(world.options.seed, "descriptions");
  std::string text = "item,title,description,category,brand,price,added,shelf\n";
  for (const ShopItem& item : world.items) {
    text += fmt::format("{},{},{},{},{},{:.2f},{},shelf {}\n", item.id, item.title, description_of(item, stream),
                        category_name(item.category), brand_name(item.brand), item.price,
                        day_of_seconds(kShopOpens + item.added_week * kWeekSeconds), item.shelf + 1);
  }
  return text;
}

std::string users_table(const ShopWorld& world) {
  std::string text = "user,age_band,region\n";
  for (const ShopUser& user : world.users) {
    text += fmt::format("{},{},{}\n", user.id, age_band_name(user.age_band), region_name(user.region));
  }
  return text;
}

std::string follows_table(const ShopWorld& world) {
  std::string text = "user,other\n";
  for (const ShopUser& user : world.users) {
    for (const int32_t other : user.follows) {
      text += fmt::format("{},{}\n", user.id, world.users[static_cast<size_t>(other)].id);
    }
  }
  return text;
}

std::string scans_table(const ShopWorld& world) {
  std::string text = "item,scan\n";
  for (size_t i = 0; i < world.items.size(); ++i) {
    text += world.items[i].id + ",";
    for (size_t d = 0; d < kScanLength; ++d) {
      text += fmt::format("{}{:.4f}", d == 0 ? "" : " ", world.scans[i * kScanLength + d]);
    }
    text += '\n';
  }
  return text;
}

std::string events_table(const ShopWorld& world, const std::vector<ShopEvent>& events) {
  std::string text = "user,item,time\n";
  for (const ShopEvent& event : events) {
    text += fmt::format("{},{},{}\n", world.users[static_cast<size_t>(event.user)].id,
                        world.items[static_cast<size_t>(event.item)].id, moment_of_seconds(event.time));
  }
  return text;
}

std::string comments_table(const ShopWorld& world, const std::vector<ShopEvent>& comments) {
  std::string text = "user,item,text,time\n";
  for (const ShopEvent& comment : comments) {
    text +=
        fmt::format("{},{},{},{}\n", world.users[static_cast<size_t>(comment.user)].id,
                    world.items[static_cast<size_t>(comment.item)].id, comment.text, moment_of_seconds(comment.time));
  }
  return text;
}

std::string searches_table(const ShopWorld& world, const std::vector<ShopSearch>& searches) {
  std::string text = "user,words,time\n";
  for (const ShopSearch& search : searches) {
    text += fmt::format("{},{},{}\n", world.users[static_cast<size_t>(search.user)].id, search.words,
                        moment_of_seconds(search.time));
  }
  return text;
}

std::string source_toml(const std::string& name, const std::string& kind, const std::string& path,
                        const std::string& columns) {
  return fmt::format("[[source]]\nname = \"{}\"\nkind = \"{}\"\npath = \"{}\"\n{}\n", name, kind, path,
                     columns.empty() ? "" : fmt::format("columns = {{ {} }}\n", columns));
}

}  // namespace

std::map<std::string, std::string> shop_tables(const ShopWorld& world, const ShopHistory& history) {
  return {{"items.csv", items_table(world)},
          {"users.csv", users_table(world)},
          {"follows.csv", follows_table(world)},
          {"scans.csv", scans_table(world)},
          {"views.csv", events_table(world, history.views)},
          {"purchases.csv", events_table(world, history.purchases)},
          {"favourites.csv", events_table(world, history.favourites)},
          {"comments.csv", comments_table(world, history.comments)},
          {"searches.csv", searches_table(world, history.searches)}};
}

std::string shop_toml(const ShopOptions& options) {
  std::string text =
      fmt::format("# An invented shop, written by: haina synth shop (seed {}). What is planted in it: truth.json\n",
                  options.seed) +
      "[project]\nname = \"synthetic shop\"\ngoal = [\"purchases\"]\n\n"
      "# What users did.\n";
  for (const char* const events : {"views", "purchases", "favourites"}) {
    text += source_toml(events, "events", fmt::format("{}.csv", events),
                        R"(user = "user", item = "item", time = "time:iso")");
  }
  text +=
      "# Items. Each column is a source of its own, so that a training can leave out one alone.\n"
      "# Title, shelf and scan are random.\n";
  text += source_toml("titles", "items", "items.csv", R"(item = "item", title = "text", added = "date")");
  text += source_toml("descriptions", "items", "items.csv", R"(item = "item", description = "text")");
  text += source_toml("categories", "items", "items.csv", R"(item = "item", category = "category")");
  text += source_toml("brands", "items", "items.csv", R"(item = "item", brand = "category")");
  text += source_toml("prices", "items", "items.csv", R"(item = "item", price = "number")");
  text += source_toml("shelves", "items", "items.csv", R"(item = "item", shelf = "category")");
  text += source_toml("scans", "vectors", "scans.csv", R"(item = "item", scan = "vector: ")");
  text += "# All words that were written about an item.\n";
  text += source_toml("comments", "items", "comments.csv", R"(item = "item", text = "tags: ")");
  if (options.media == ShopMedia::kWrite) {
    text += "# Some items have no picture, no sound or no clip.\n";
    text += source_toml("pictures", "media", "pictures/{item}.png", "");
    text += source_toml("sounds", "media", "sounds/{item}.wav", "");
    text += source_toml("clips", "media", "clips/{item}.avi", "");
  }
  text += "# Users: the profile, whom they follow, all words that they searched for.\n";
  text += source_toml("profiles", "users", "users.csv", R"(user = "user", age_band = "category", region = "category")");
  text += source_toml("follows", "social", "follows.csv", R"(user = "user", other = "other")");
  text += source_toml("searches", "users", "searches.csv", R"(user = "user", words = "tags: ")");
  return text + "[split]\nby = \"time\"\ntest = 0.1\nvalidation = 0.1\n";
}

}  // namespace haina
