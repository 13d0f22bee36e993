#include "data/parse_time.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr size_t kLongestTime = 100;

std::optional<int64_t> days_of(int64_t year, int64_t month, int64_t day) {
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1 || year > 9999) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return date.ok() ? std::optional<int64_t>(std::chrono::sys_days(date).time_since_epoch().count()) : std::nullopt;
}

// A number, a word in lower case, or a single other character.
struct Token {
  enum Kind { kNumber, kWord, kMark } kind = kMark;
  std::string_view text;
  int64_t number = 0;
  bool is(std::string_view mark) const { return kind == kMark && text == mark; }
};

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < text.size();) {
    const auto kind_at = [&](size_t i) {
      const auto c = static_cast<unsigned char>(text[i]);
      return std::isdigit(c) != 0 ? Token::kNumber : std::isalpha(c) != 0 || c >= 0x80 ? Token::kWord : Token::kMark;
    };
    Token token = {.kind = kind_at(at), .text = text.substr(at, 1)};
    size_t end = at + 1;
    while (token.kind != Token::kMark && end < text.size() && kind_at(end) == token.kind) {
      ++end;
    }
    token.text = text.substr(at, end - at);
    if (token.kind == Token::kNumber) {
      std::from_chars(token.text.data(), token.text.data() + token.text.size(), token.number);
    }
    tokens.push_back(token);
    at = end;
  }
  return tokens;
}

// English, and the months of German, French, Spanish, Portuguese, Italian and Dutch that begin otherwise.
int month_of(std::string_view word) {
  static constexpr auto kBegins = std::to_array<std::pair<std::string_view, int>>(
      {{"jan", 1},  {"feb", 2},  {"mar", 3},  {"apr", 4},  {"may", 5}, {"jun", 6},  {"jul", 7},   {"aug", 8},
       {"sep", 9},  {"oct", 10}, {"nov", 11}, {"dec", 12}, {"mär", 3}, {"mrz", 3},  {"maerz", 3}, {"mai", 5},
       {"okt", 10}, {"dez", 12}, {"jän", 1},  {"fév", 2},  {"fev", 2}, {"avr", 4},  {"juin", 6},  {"juil", 7},
       {"aoû", 8},  {"aou", 8},  {"déc", 12}, {"ene", 1},  {"abr", 4}, {"ago", 8},  {"dic", 12},  {"set", 9},
       {"out", 10}, {"gen", 1},  {"mag", 5},  {"giu", 6},  {"lug", 7}, {"ott", 10}, {"mei", 5},   {"mrt", 3}});
  int month = 0;
  size_t longest = 0;
  for (const auto& [begin, number] : kBegins) {
    if (word.starts_with(begin) && begin.size() > longest) {
      month = number;
      longest = begin.size();
    }
  }
  return word.size() <= 12 ? month : 0;
}

// Minutes east of UTC of a zone's name; nothing if it is none.
std::optional<int> zone_of(std::string_view word) {
  static constexpr auto kZones = std::to_array<std::pair<std::string_view, int>>({{"z", 0},
                                                                                  {"utc", 0},
                                                                                  {"gmt", 0},
                                                                                  {"ut", 0},
                                                                                  {"est", -300},
                                                                                  {"edt", -240},
                                                                                  {"cst", -360},
                                                                                  {"cdt", -300},
                                                                                  {"mst", -420},
                                                                                  {"mdt", -360},
                                                                                  {"pst", -480},
                                                                                  {"pdt", -420},
                                                                                  {"cet", 60},
                                                                                  {"cest", 120},
                                                                                  {"mez", 60},
                                                                                  {"mesz", 120},
                                                                                  {"msk", 180},
                                                                                  {"jst", 540},
                                                                                  {"kst", 540}});
  const auto found = std::ranges::find(kZones, word, &std::pair<std::string_view, int>::first);
  return found == kZones.end() ? std::nullopt : std::optional(found->second);
}

bool is_filler(std::string_view word) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"mon", "tue",    "tues",    "wed",       "thu",      "thur",   "thurs",    "fri",    "sat",
       "sun", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "t",
       "at",  "of",     "de",      "um",        "uhr",      "st",     "nd",       "rd",     "th",
       "mo",  "di",     "mi",      "do",        "fr",       "sa",     "so"});
  return std::ranges::find(kWords, word) != kWords.end();
}

class TimeParser {
 public:
  TimeParser(std::vector<Token> tokens, DayMonth wanted) : tokens_(std::move(tokens)), wanted_(wanted) {}

  std::optional<WrittenTime> parse() {
    while (at_ < tokens_.size()) {
      if (!take()) {
        return std::nullopt;
      }
    }
    return date() && time_ok() ? std::optional(finish()) : std::nullopt;
  }

 private:
  const Token* peek(size_t ahead) const { return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr; }
  bool number_at(size_t ahead, size_t most_digits) const {
    const Token* const token = peek(ahead);
    return token != nullptr && token->kind == Token::kNumber && token->text.size() <= most_digits;
  }
  bool mark_at(size_t ahead, std::string_view mark) const {
    const Token* const token = peek(ahead);
    return token != nullptr && token->is(mark);
  }

  bool take() {
    const Token& token = tokens_[at_];
    if (token.kind == Token::kWord) {
      return take_word(token.text);
    }
    if (token.kind == Token::kNumber) {
      return mark_at(1, ":") && number_at(2, 2) && !clock_ && token.text.size() <= 2 ? take_clock()
                                                                                     : take_number(token);
    }
    const bool sign = token.is("+") || token.is("-");
    if (sign && clock_ && !zone_ && (token.is("+") || parts_.size() >= 3 || month_ > 0)) {
      return take_offset(token.is("-"));
    }
    if (token.is("/") || token.is(".") || token.is("-")) {
      separator_ = separator_ == 0 ? token.text[0] : separator_;
    } else if (!token.is(" ") && !token.is(",") && !token.is(":")) {
      return false;
    }
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    ++at_;
    if (const int month = month_of(word); month > 0 && month_ == 0) {
      month_ = month;
      month_place_ = parts_.size();
      return true;
    }
    if (word == "am" || word == "pm") {
      return std::exchange(half_, word == "am" ? 1 : 2) == 0;  // before the clock in Chinese
    }
    if (word == "a" || word == "p") {  // "a.m."
      const bool dotted = mark_at(0, ".") && peek(1) != nullptr && peek(1)->text == "m";
      at_ += dotted ? (mark_at(2, ".") ? 3 : 2) : 0;
      return dotted && clock_ && !std::exchange(half_, word == "a" ? 1 : 2);
    }
    if (const auto zone = zone_of(word); zone && clock_) {
      named_zone_ = *zone;
      return true;
    }
    return is_filler(word);
  }

  // "22:13:20.123"
  bool take_clock() {
    clock_ = true;
    hour_ = tokens_[at_].number;
    minute_ = tokens_[at_ + 2].number;
    at_ += 3;
    if (mark_at(0, ":") && number_at(1, 2)) {
      second_ = tokens_[at_ + 1].number;
      at_ += 2;
      if ((mark_at(0, ".") || mark_at(0, ",")) && number_at(1, 18)) {
        int64_t unit = kMicros;
        for (const char digit : tokens_[at_ + 1].text) {
          unit /= 10;
          fraction_ += unit * (digit - '0');
        }
        at_ += 2;
      }
    }
    return true;
  }

  bool take_number(const Token& token) {
    ++at_;
    const bool compact = token.text.size() == 8 && parts_.empty() && month_ == 0;
    if (compact) {  // "20231114T221320"
      parts_ = {token.number / 10000, token.number / 100 % 100, token.number % 100};
      digits_ = {4, 2, 2};
      compact_ = true;
      return true;
    }
    if (compact_ && !clock_ && (token.text.size() == 6 || token.text.size() == 4)) {
      const int64_t hms = token.text.size() == 6 ? token.number : token.number * 100;
      hour_ = hms / 10000;
      minute_ = hms / 100 % 100;
      second_ = hms % 100;
      clock_ = true;
      return true;
    }
    parts_.push_back(token.number);
    digits_.push_back(token.text.size());
    return parts_.size() <= 3 && token.text.size() <= 4;
  }

  // "+00", "+0530", "-05:30"
  bool take_offset(bool west) {
    ++at_;
    if (!number_at(0, 4)) {
      return false;
    }
    const Token& hours = tokens_[at_++];
    int64_t minutes = hours.text.size() <= 2 ? hours.number * 60 : hours.number / 100 * 60 + hours.number % 100;
    if (hours.text.size() <= 2 && mark_at(0, ":") && number_at(1, 2)) {
      minutes += tokens_[at_ + 1].number;
      at_ += 2;
    }
    zone_ = west ? -minutes : minutes;
    return minutes <= 14 * 60;
  }

  bool time_ok() {
    if (half_ > 0) {
      if (!clock_ || hour_ < 1 || hour_ > 12) {
        return false;
      }
      hour_ = hour_ % 12 + (half_ == 2 ? 12 : 0);
    }
    return hour_ < 24 && minute_ < 60 && second_ < 61;
  }

  // A year of two digits: 70 to 99 are of the last century.
  static int64_t whole_year(int64_t year, size_t digits) {
    return digits == 4 ? year : digits == 2 ? year + (year < 70 ? 2000 : 1900) : -1;
  }

  bool date() {
    std::optional<int64_t> days;
    if (month_ > 0) {
      if (parts_.size() != 2 || (month_place_ == 2)) {
        return false;
      }
      const size_t year = digits_[0] == 4 ? 0 : 1;
      days = days_of(whole_year(parts_[year], digits_[year]), month_, digits_[1 - year] <= 2 ? parts_[1 - year] : 0);
    } else if (parts_.size() == 3 && digits_[0] == 4) {
      days = compact_ || separator_ != 0 ? days_of(parts_[0], parts_[1], parts_[2]) : std::nullopt;
    } else if (parts_.size() == 3 && separator_ != 0 && digits_[0] <= 2 && digits_[1] <= 2) {
      const int64_t year = whole_year(parts_[2], digits_[2]);
      const int64_t first = parts_[0];
      const int64_t second = parts_[1];
      written_.order = first == second ? DayMonth::kNone
                       : first > 12    ? DayMonth::kDayFirst
                       : second > 12   ? DayMonth::kMonthFirst
                                       : DayMonth::kEither;
      const DayMonth usual = separator_ == '/' ? DayMonth::kMonthFirst : DayMonth::kDayFirst;
      const bool told = written_.order == DayMonth::kDayFirst || written_.order == DayMonth::kMonthFirst;
      const bool asked = wanted_ == DayMonth::kDayFirst || wanted_ == DayMonth::kMonthFirst;
      const DayMonth order = asked ? wanted_ : told ? written_.order : usual;
      written_.month_first = order == DayMonth::kMonthFirst;
      days = written_.month_first ? days_of(year, first, second) : days_of(year, second, first);
    }
    days_ = days.value_or(0);
    return days.has_value();
  }

  WrittenTime finish() {
    const int64_t seconds =
        days_ * 86'400 + hour_ * 3'600 + minute_ * 60 + second_ - (zone_.value_or(0) + named_zone_) * 60;
    written_.micros = seconds * kMicros + fraction_;
    return written_;
  }

  std::vector<Token> tokens_;
  DayMonth wanted_;
  size_t at_ = 0;
  std::vector<int64_t> parts_;  // numbers of the date, in order
  std::vector<size_t> digits_;  // of each
  char separator_ = 0;          // the first between them
  int month_ = 0;               // by its name
  size_t month_place_ = 0;
  bool clock_ = false, compact_ = false;
  int half_ = 0;  // 1: AM, 2: PM
  int64_t hour_ = 0, minute_ = 0, second_ = 0, fraction_ = 0, days_ = 0, named_zone_ = 0;
  std::optional<int64_t> zone_;
  WrittenTime written_;
};

// In lower case, with the Chinese and Japanese words of dates as marks.
std::string plain_form(std::string_view text) {
  static constexpr auto kWords = std::to_array<std::pair<std::string_view, std::string_view>>({{"年", "-"},
                                                                                               {"月", "-"},
                                                                                               {"日", " "},
                                                                                               {"时", ":"},
                                                                                               {"時", ":"},
                                                                                               {"点", ":"},
                                                                                               {"分", ":"},
                                                                                               {"秒", " "},
                                                                                               {"上午", "am"},
                                                                                               {"午前", "am"},
                                                                                               {"下午", "pm"},
                                                                                               {"午後", "pm"},
                                                                                               {"\xC2\xA0", " "},
                                                                                               {"\xE2\x80\xAF", " "}});
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const auto word = std::ranges::find_if(kWords, [&](const auto& entry) { return rest.starts_with(entry.first); });
    if (static_cast<unsigned char>(text[at]) >= 0x80 && word != kWords.end()) {
      result += word->second;
      at += word->first.size();
    } else {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at++])));
    }
  }
  while (result.ends_with(' ') || result.ends_with(':')) {
    result.pop_back();
  }
  return result;
}

}  // namespace

std::optional<WrittenTime> parse_written_time(std::string_view text, DayMonth wanted) {
  text = trimmed(text);
  if (const auto iso = parse_iso_time(text)) {
    return WrittenTime{.micros = *iso};
  }
  // Behind a bracket stands the zone's name once more: "… GMT+0000 (Coordinated Universal Time)", "…Z[Europe/Berlin]".
  text = trimmed(text.substr(0, text.find_first_of("([", 1)));
  const bool digits_alone = std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
  if (text.size() < 6 || text.size() > kLongestTime || (digits_alone && std::ranges::count(text, '.') != 2)) {
    return std::nullopt;
  }
  const std::string plain = plain_form(text);
  return TimeParser(tokens_of(plain), wanted).parse();
}

std::optional<int64_t> parse_compact_time(std::string_view text) {
  text = trimmed(text);
  if ((text.size() != 8 && text.size() != 12 && text.size() != 14) ||
      (!text.starts_with("19") && !text.starts_with("20")) ||
      !std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; })) {
    return std::nullopt;
  }
  const auto number = [&](size_t begin, size_t width) {
    int64_t value = 0;
    for (const char c : text.substr(begin, width)) {
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const auto days = days_of(number(0, 4), number(4, 2), number(6, 2));
  const int64_t hour = text.size() > 8 ? number(8, 2) : 0;
  const int64_t minute = text.size() > 8 ? number(10, 2) : 0;
  const int64_t second = text.size() > 12 ? number(12, 2) : 0;
  if (!days || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  return (*days * 86'400 + hour * 3'600 + minute * 60 + second) * kMicros;
}

std::optional<int64_t> exchanged_day_month(int64_t micros) {
  constexpr int64_t kDay = 86'400 * kMicros;
  const int64_t days = micros / kDay - (micros % kDay < 0 ? 1 : 0);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const auto other =
      days_of(static_cast<int>(date.year()), static_cast<unsigned>(date.day()), static_cast<unsigned>(date.month()));
  return other ? std::optional((*other - days) * kDay + micros) : std::nullopt;
}

}  // namespace haina
