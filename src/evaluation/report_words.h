// The texts of report.html, a set for each language. A text that a language lacks does not compile: a phrase has no
// default, and its places are checked against the values that it is given.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace haina {

enum class Language { kEnglish, kChinese };

// "en" or "zh". kInvalidArgument, at --language, for any other.
Result<Language> parse_language(const std::string& code);

namespace report {

// A text with a place for each value, in fmt's notation. Languages order the places as they need ("{1} {0}"), or leave
// some out. Called with the values it gives the text; nothing is escaped.
template <class... Values>
class Phrase {
 public:
  consteval Phrase(const char* form) : form_(form) {  // NOLINT(google-explicit-constructor): texts stand in tables
    if (*form == '\0') {
      throw "a phrase has no text";  // so it does not compile
    }
  }
  std::string operator()(const Values&... values) const {
    return fmt::vformat(form_.str, fmt::make_format_args(values...));
  }

 private:
  fmt::format_string<const Values&...> form_;
};
using Word = std::string_view;  // a name, or a number as it is shown

struct SectionWords {
  Phrase<> title, introduction;
};

// Of evaluation_verdict.
struct VerdictWords {
  Phrase<double, double> one_user, few_users;  // users, fewest that tell something
  Phrase<> no_other_model;
  Phrase<Word> incomparable;                                                         // metric
  Phrase<Word> better_than_popularity;                                               // amount
  Phrase<Word, Word, Word, Word> worse_than_popularity, not_better_than_popularity;  // metric, difference, low, high
  Phrase<Word> and_popularity;                                                       // one of the three above
  Phrase<Word, Word, Word, Word> better;  // model, amount, metric, popularity
  Phrase<> no_taste;
  Phrase<Word, Word> only_popularity;                       // against popularity, no_taste
  Phrase<Word, Word, Word, Word, Word> worse;               // model, amount, metric, interval, popularity
  Phrase<Word, Word, Word, Word, Word> worse_than_network;  // which cannot serve alone
  Phrase<int64_t, double> luck;                             // models, users
  Phrase<Word, double> vague;                               // model, users
  Phrase<Word> same;                                        // model
  Phrase<> use;                                             // what to do
  Phrase<Word> use_either;                                  // model
  // vague or same, metric, difference, interval, luck, popularity, what to do
  Phrase<Word, Word, Word, Word, Word, Word, Word> within_noise;
  Phrase<double, double> percents, amounts;  // low, high
};

// A key of the document as the page shows it.
struct KeyText {
  std::string_view key;
  Phrase<> shown;
};
// A text of the document that says something: the value of `key` that has the form, with at most two places "{}".
struct ValueText {
  std::string_view key, form;
  Phrase<Word, Word> shown;
};

struct ReportWords {
  Phrase<> language;  // of <html lang>
  // The head of the page.
  Phrase<> page_title;
  Phrase<Word> page_title_of;  // dataset
  Phrase<> heading;
  Phrase<Word> heading_of;  // dataset
  Phrase<> nothing_measured, subtitle, contents;
  // The first model's numbers.
  Phrase<Word, Word> card_interval;  // low, high
  Phrase<> share_shown;
  Phrase<Word> gain_over;  // model
  // Sections.
  Phrase<Word> models_title;                                       // metric
  Phrase<int64_t> models_introduction, models_introduction_plain;  // places; plain: all places count alike
  SectionWords examples, metrics, differences;
  Phrase<> better, worse, unsure;  // colors of differences
  SectionWords ablation;
  Phrase<> falls, rises;  // colors of the ablation
  SectionWords weights, curves;
  Phrase<> groups_title;
  Phrase<Word> groups_introduction;  // metric
  SectionWords actions;
  Phrase<Word> sampled_title;  // candidates
  Phrase<> sampled_introduction;
  SectionWords quality;
  // Plots.
  Phrase<Word> models_plot;         // metric
  Phrase<Word, Word> bar_interval;  // low, high
  Phrase<Word> over, without;       // model; source
  Phrase<Word> differences_in;      // metric
  Phrase<> other_metrics, weights_plot, validation;
  Phrase<Word, Word> curve;          // what, by what
  Phrase<Word, Word> group_users;    // group, users
  Phrase<Word, Word> group_plot;     // metric, group
  Phrase<Word, int64_t> none_found;  // metric, models
  // Tables and lists.
  Phrase<> model, beyond_accuracy;
  Phrase<int64_t> at_length;
  Phrase<> other_lengths, none;
  Phrase<Word, int64_t> and_more;  // the first, how many others
  Phrase<Word> user;
  Phrase<> no_history;
  Phrase<Word> took_last;            // titles
  Phrase<Word, Word> stage_seconds;  // stage, seconds
  VerdictWords verdict;
  // Keys and texts that the document itself names. One that stands in neither list is shown as it is.
  std::span<const KeyText> keys;
  std::span<const ValueText> values;
};

extern const ReportWords kEnglish, kChinese;
const ReportWords& words_of(Language language);

std::string key_text(const ReportWords& words, const std::string& key);
std::string value_text(const ReportWords& words, const std::string& key, const std::string& value);

}  // namespace report
}  // namespace haina
