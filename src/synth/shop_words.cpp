#include "synth/shop_words.h"

#include <array>

namespace haina {
namespace {

using Words8 = std::array<std::string_view, 8>;

constexpr std::array<Words8, kNumSubjects> kSubjects = {
    {{"sea", "wave", "harbour", "tide", "anchor", "sail", "shell", "lighthouse"},
     {"forest", "moss", "pine", "fern", "trail", "owl", "mushroom", "bark"},
     {"mountain", "summit", "glacier", "ridge", "rope", "valley", "snow", "cliff"},
     {"city", "tram", "neon", "street", "skyline", "subway", "plaza", "rooftop"},
     {"kitchen", "bread", "pepper", "oven", "spoon", "recipe", "butter", "basil"},
     {"space", "planet", "comet", "orbit", "rocket", "galaxy", "moon", "telescope"},
     {"music", "melody", "drum", "violin", "choir", "rhythm", "concert", "piano"},
     {"garden", "rose", "soil", "tulip", "seed", "blossom", "hedge", "rake"},
     {"history", "castle", "knight", "museum", "ruin", "empire", "crown", "scroll"},
     {"sport", "ball", "goal", "race", "stadium", "medal", "coach", "sprint"}}};
constexpr std::array<Words8, kNumMoods> kMoods = {
    {{"cosy", "warm", "soft", "snug", "gentle", "homely", "mild", "tender"},
     {"wild", "loud", "fierce", "bold", "daring", "rough", "stormy", "raw"},
     {"elegant", "noble", "refined", "graceful", "polished", "fine", "classic", "stately"},
     {"funny", "silly", "witty", "playful", "cheeky", "merry", "jolly", "comic"},
     {"gloomy", "dark", "eerie", "grim", "haunting", "bleak", "moody", "sombre"},
     {"clever", "precise", "technical", "logical", "exact", "smart", "sharp", "modular"}}};
constexpr std::array<std::string_view, 16> kFillers = {"item",  "comes",  "with",   "made", "every", "often",
                                                       "years", "people", "thing",  "kind", "found", "given",
                                                       "small", "really", "within", "again"};
constexpr std::array<std::string_view, kNumCategories> kCategories = {"poster", "book", "game", "lamp",
                                                                      "shirt",  "bag",  "mug",  "toy"};
constexpr std::array<std::string_view, kNumBrands> kBrands = {"Alvor",  "Belune", "Corvia", "Dastel",
                                                              "Elmira", "Fonto",  "Garnek", "Hildor",
                                                              "Ivento", "Jasko",  "Kelmar", "Lurion"};
constexpr std::array<std::string_view, kNumAgeBands> kAgeBands = {"18-24", "25-34", "35-49", "50-64", "65+"};
constexpr std::array<std::string_view, kNumRegions> kRegions = {"north", "east", "south", "west"};

std::string draw_name(RandomStream& stream, int num_syllables) {
  constexpr std::string_view kConsonants = "bdfgklmnprstvz", kVowels = "aeiou";
  std::string name;
  for (int s = 0; s < num_syllables; ++s) {
    name += kConsonants[static_cast<size_t>(stream.below(std::ssize(kConsonants)))];
    name += kVowels[static_cast<size_t>(stream.below(std::ssize(kVowels)))];
  }
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

}  // namespace

std::span<const std::string_view> words_of_subject(int subject) { return kSubjects[static_cast<size_t>(subject)]; }
std::span<const std::string_view> words_of_mood(int mood) { return kMoods[static_cast<size_t>(mood)]; }
std::span<const std::string_view> filler_words() { return kFillers; }
std::string_view category_name(int category) { return kCategories[static_cast<size_t>(category)]; }
std::string_view brand_name(int brand) { return kBrands[static_cast<size_t>(brand)]; }
std::string_view age_band_name(int age_band) { return kAgeBands[static_cast<size_t>(age_band)]; }
std::string_view region_name(int region) { return kRegions[static_cast<size_t>(region)]; }

std::string draw_title(RandomStream& stream) {
  std::string first = draw_name(stream, 3);
  return first + " " + draw_name(stream, 2);
}

}  // namespace haina
