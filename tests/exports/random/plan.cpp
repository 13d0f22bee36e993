#include <fmt/format.h>

#include <algorithm>

#include "exports/random/export_table.h"

namespace haina {
namespace {

using enum Defect;

Encoding draw_encoding(Language language, Draw& draw) {
  const std::vector<Encoding> own = own_encodings(language);
  const double share = language == Language::kEnglish ? 0.02 : 0.35;
  if (draw.chance(share)) {
    return draw.pick(own);
  }
  return static_cast<Encoding>(draw.weighted({80, 8, 4, 2, 2, 1}));
}

void draw_dialect(Plan& plan, Draw& draw) {
  plan.delimiter = draw.pick(std::vector<std::string>{",", ",", ",", ",", ";", ";", "\t", "\t", "|", "::"});
  plan.line_end = draw.pick(std::vector<std::string>{"\n", "\n", "\n", "\r\n", "\r\n", "\r"});
  if (plan.line_end == "\r" && draw.chance(0.7)) {
    plan.line_end = "\n";
  }
  plan.header = !draw.chance(plan.delimiter == "::" ? 0.6 : 0.05);
  plan.quote_all = plan.delimiter != "::" && draw.chance(0.2);
  plan.last_line_ends = !draw.chance(0.15);
  plan.encoding = draw_encoding(plan.language, draw);
}

void draw_numbers(Plan& plan, Draw& draw) {
  const bool comma =
      plan.language == Language::kGerman || plan.language == Language::kFrench || plan.language == Language::kRussian;
  if (draw.chance(comma ? 0.5 : 0.05)) {
    plan.number.decimal = ',';
  }
  plan.price.decimal = plan.number.decimal;
  if (draw.chance(0.2)) {
    plan.price.thousands = plan.price.decimal == ',' ? (draw.chance(0.7) ? "." : " ") : ",";
  }
  if (draw.chance(0.12)) {
    plan.price.prefix = draw.pick(std::vector<std::string>{"$", "€", "USD "});
  } else if (draw.chance(0.06)) {
    plan.price.suffix = draw.pick(std::vector<std::string>{" €", " EUR", "$"});
  }
}

void draw_defects(Plan& plan, Draw& draw) {
  std::vector<Defect> possible = {kDuplicates, kDecimalIds, kFileAMonth, kHive,
                                  kGzip,       kMissingIds, kOtherFiles, kSentinelTimes};
  if (plan.form != FileForm::kParquet) {
    possible.insert(possible.end(), {kBlanksAroundIds, kBlankLines});
  }
  if (plan.form == FileForm::kDelimited) {
    possible.insert(possible.end(), {kComments, kTrailingDelimiters, kStrayQuotes, kLineBreaks, kBadByte,
                                     kBlankAfterDelimiter, kConstantColumn, kTotal});
    if (plan.header) {
      possible.insert(possible.end(), {kTitleLines, kRepeatedHeader, kSepLine, kIndexColumn, kColumnTwice});
    }
  }
  const auto count = static_cast<int64_t>(draw.weighted({35, 40, 20, 5}));
  draw.shuffle(possible);
  for (int64_t i = 0; i < count; ++i) {
    plan.defects.push_back(possible[static_cast<size_t>(i)]);
  }
  const auto drop = [&plan](Defect defect, bool if_so) {
    if (if_so) {
      std::erase(plan.defects, defect);
    }
  };
  const bool long_delimiter = plan.delimiter == "::";
  drop(kSentinelTimes, !plan.has_times || plan.form == FileForm::kParquet);
  drop(kFileAMonth, !plan.has_times);
  drop(kHive, !plan.has_times || plan.has(kFileAMonth));
  drop(kGzip, plan.form == FileForm::kParquet);
  drop(kBadByte, plan.encoding != Encoding::kUtf8 || !plan.items);
  drop(kSepLine, long_delimiter || plan.has(kComments) || plan.has(kTitleLines));
  drop(kTitleLines, plan.has(kComments));
  drop(kLineBreaks, long_delimiter || plan.line_end == "\r");
  drop(kStrayQuotes, plan.quote_all || plan.has(kLineBreaks));
  drop(kBlankAfterDelimiter, long_delimiter || plan.quote_all || plan.delimiter == "\t" || plan.has(kStrayQuotes));
  drop(kTrailingDelimiters, long_delimiter);
}

}  // namespace

const char* name_of(Defect defect) {
  static const char* const names[] = {"comments",
                                      "title-lines",
                                      "total",
                                      "repeated-header",
                                      "sep-line",
                                      "index-column",
                                      "bad-byte",
                                      "duplicates",
                                      "blank-lines",
                                      "trailing-delim",
                                      "sentinel",
                                      "decimal-ids",
                                      "blanks-ids",
                                      "file-a-month",
                                      "hive",
                                      "gzip",
                                      "stray-quotes",
                                      "line-breaks",
                                      "column-twice",
                                      "missing-ids",
                                      "other-files",
                                      "constant-column",
                                      "blank-after-delimiter"};
  return names[static_cast<size_t>(defect)];
}

bool Plan::has(Defect defect) const { return std::ranges::find(defects, defect) != defects.end(); }

std::string Plan::described() const {
  static const char* const languages[] = {"en", "de", "fr", "zh", "ja", "ru"};
  static const char* const forms[] = {"csv", "jsonl", "json", "parquet"};
  static const char* const familiar[] = {"usual", "other", "foreign", "odd"};
  std::string text = fmt::format("form={}{}{} lang={} names={} time={} missing={}", forms[static_cast<size_t>(form)],
                                 nested ? "+nested" : "", wrapped ? "+wrapped" : "",
                                 languages[static_cast<size_t>(language)], familiar[static_cast<size_t>(names)],
                                 has_times ? name_of(time) : "none", missing_share > 0 ? "'" + missing + "'" : "-");
  if (form == FileForm::kDelimited) {
    text += fmt::format(" enc={} delim={} end={} header={} quote={} decimal={} price={}1{}000{}00{}", name_of(encoding),
                        delimiter == "\t" ? "tab" : delimiter,
                        line_end == "\r"   ? "CR"
                        : line_end == "\n" ? "LF"
                                           : "CRLF",
                        header ? 1 : 0, quote_all ? "all" : "min", number.decimal, price.prefix, price.thousands,
                        price.decimal, price.suffix);
  }
  text += fmt::format(" tables={}{}{} defects=", items ? "i" : "", users ? "u" : "", ties ? "t" : "");
  for (const Defect defect : defects) {
    text += fmt::format("{},", name_of(defect));
  }
  return text;
}

Plan clean_plan(uint64_t seed, Draw& draw) {
  Plan plan = {.seed = seed};
  plan.has_times = draw.chance(0.8);
  plan.time = draw.chance(0.5) ? TimeForm::kSeconds : TimeForm::kIso;
  plan.items = draw.chance(0.7);
  plan.users = draw.chance(0.4);
  plan.ties = draw.chance(0.2);
  return plan;
}

Plan draw_plan(uint64_t seed, Draw& draw) {
  Plan plan = {.seed = seed};
  plan.language = static_cast<Language>(draw.weighted({55, 12, 6, 10, 8, 9}));
  plan.form = static_cast<FileForm>(draw.weighted({72, 11, 5, 12}));
  plan.has_times = draw.chance(0.82);
  plan.time = static_cast<TimeForm>(draw.weighted({22, 8, 3, 3, 8, 6, 4, 10, 4, 4, 5, 4, 4, 3, 3, 3, 5, 3, 2, 2}));
  plan.tags = static_cast<TagsForm>(draw.weighted({35, 25, 10, 15, 15}));
  plan.items = draw.chance(0.65);
  plan.users = draw.chance(0.25);
  plan.ties = draw.chance(0.1);
  plan.names = static_cast<Familiarity>(draw.weighted({55, 27, 14, 4}));
  if (plan.names == Familiarity::kUsual && plan.language != Language::kEnglish && draw.chance(0.3)) {
    plan.names = Familiarity::kForeign;
  }
  if (draw.chance(0.35)) {
    plan.missing = draw.pick(std::vector<std::string>{"", "", "NA", "N/A", "NULL", "null", "None", "nan", "\\N", "-"});
    plan.missing_share = 0.03 + 0.12 * draw.uniform();
  }
  if (plan.form == FileForm::kDelimited) {
    draw_dialect(plan, draw);
    draw_numbers(plan, draw);
  }
  plan.nested = plan.form == FileForm::kJsonLines && draw.chance(0.2);
  plan.wrapped = plan.form == FileForm::kJsonArray && draw.chance(0.3);
  draw_defects(plan, draw);
  return plan;
}

}  // namespace haina
