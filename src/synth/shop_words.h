// The words of the invented shop. No word of a description's subject or of a comment's mood stands in another list, and
// none needs quotes in CSV.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/seed.h"

namespace haina {

inline constexpr int kNumSubjects = 10;   // of descriptions and searches
inline constexpr int kNumMoods = 6;       // of comments
inline constexpr int kNumCategories = 8;  // of items
inline constexpr int kNumBrands = 12;     // of items
inline constexpr int kNumAgeBands = 5;    // of users
inline constexpr int kNumRegions = 4;     // of users

// Words that tell the subject, or the mood; the first is its name.
std::span<const std::string_view> words_of_subject(int subject);
std::span<const std::string_view> words_of_mood(int mood);
// Words that say nothing.
std::span<const std::string_view> filler_words();

std::string_view category_name(int category);
std::string_view brand_name(int brand);
std::string_view age_band_name(int age_band);
std::string_view region_name(int region);

// "Nolavi Teru": syllables without a meaning.
std::string draw_title(RandomStream& stream);

}  // namespace haina
