// The forms that people's exports have: how a time, a number or a missing cell is written, and in which bytes a text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exports/random/truth.h"

namespace haina {

enum class TimeForm {
  kSeconds,
  kMillis,
  kMicros,
  kFloatSeconds,
  kIso,
  kIsoZ,
  kIsoOffset,
  kBlank,
  kPostgres,
  kBigQuery,
  kGerman,
  kUsAmPm,
  kSlashes,
  kCompact,
  kCompactDay,
  kRfc2822,
  kDay,
  kDayFirst,
  kMonthName,
  kCommaFraction
};
inline constexpr int kTimeForms = 20;
const char* name_of(TimeForm form);
// Seconds that the form can tell apart: 1, 60 or a day.
int64_t step_of(TimeForm form);
bool is_epoch(TimeForm form);
std::string time_text(TimeForm form, int64_t second);
// A cell that stands for "no time" or "for ever" in such a column.
std::string sentinel_time(TimeForm form, Draw& draw);

struct NumberForm {
  char decimal = '.';
  std::string thousands = {}, prefix = {}, suffix = {};
};
std::string number_text(double value, int decimals, const NumberForm& form);

enum class Encoding {
  kUtf8,
  kUtf8Mark,
  kUtf16LeMark,
  kUtf16BeMark,
  kUtf16Le,
  kUtf16Be,
  kWindows1252,
  kGbk,
  kShiftJis,
  kKoi8
};
const char* name_of(Encoding encoding);
// Encodings besides those of Unicode that can hold the language's letters.
std::vector<Encoding> own_encodings(Language language);
// Nothing where a letter has no byte in that encoding.
std::optional<std::string> encoded(const std::string& utf8, Encoding encoding);

enum class TagsForm { kBars, kCommas, kSemicolons, kPython, kJson };
std::string tags_text(TagsForm form, const std::vector<std::string>& tags);

std::string gzipped(const std::string& bytes);

}  // namespace haina
