#include "exports/random/forms.h"

#include <arrow/io/api.h>
#include <arrow/util/compression.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <cmath>
#include <ctime>

namespace haina {

const char* name_of(TimeForm form) {
  static const char* const names[] = {"s",       "ms",        "us",        "s.0",       "iso",
                                      "isoZ",    "iso+02:00", "blank",     "pg",        "bigquery",
                                      "german",  "us-am-pm",  "slash",     "compact",   "compactday",
                                      "rfc2822", "day",       "day/month", "monthname", ",frac"};
  return names[static_cast<size_t>(form)];
}

int64_t step_of(TimeForm form) {
  switch (form) {
    case TimeForm::kDay:
    case TimeForm::kCompactDay:
      return 86'400;
    case TimeForm::kGerman:
    case TimeForm::kSlashes:
    case TimeForm::kDayFirst:
      return 60;
    default:
      return 1;
  }
}

bool is_epoch(TimeForm form) { return form <= TimeForm::kFloatSeconds; }

std::string time_text(TimeForm form, int64_t second) {
  const auto at = [&](const char* format, int64_t shift = 0) {
    const std::time_t time = second + shift;
    std::tm parts = {};
    gmtime_r(&time, &parts);
    char text[64];
    return std::string(text, std::strftime(text, sizeof text, format, &parts));
  };
  switch (form) {
    case TimeForm::kSeconds:
      return fmt::format("{}", second);
    case TimeForm::kMillis:
      return fmt::format("{}", second * 1000 + second % 7 * 100);
    case TimeForm::kMicros:
      return fmt::format("{}", second * 1'000'000 + second % 7 * 100'000);
    case TimeForm::kFloatSeconds:
      return fmt::format("{}.0", second);
    case TimeForm::kIso:
      return at("%Y-%m-%dT%H:%M:%S");
    case TimeForm::kIsoZ:
      return at("%Y-%m-%dT%H:%M:%SZ");
    case TimeForm::kIsoOffset:
      return at("%Y-%m-%dT%H:%M:%S+02:00", 7200);
    case TimeForm::kBlank:
      return at("%Y-%m-%d %H:%M:%S");
    case TimeForm::kPostgres:
      return at("%Y-%m-%d %H:%M:%S") + fmt::format(".{}+00", 100 + second % 800);
    case TimeForm::kBigQuery:
      return at("%Y-%m-%d %H:%M:%S UTC");
    case TimeForm::kGerman:
      return at("%d.%m.%Y %H:%M");
    case TimeForm::kUsAmPm:
      return at("%m/%d/%Y %I:%M:%S %p");
    case TimeForm::kSlashes:
      return at("%Y/%m/%d %H:%M");
    case TimeForm::kCompact:
      return at("%Y%m%d%H%M%S");
    case TimeForm::kCompactDay:
      return at("%Y%m%d");
    case TimeForm::kRfc2822:
      return at("%a, %d %b %Y %H:%M:%S +0000");
    case TimeForm::kDay:
      return at("%Y-%m-%d");
    case TimeForm::kDayFirst:
      return at("%d/%m/%Y %H:%M");
    case TimeForm::kMonthName:
      return at("%d %b %Y %H:%M:%S");
    case TimeForm::kCommaFraction:
      break;
  }
  return at("%Y-%m-%d %H:%M:%S") + fmt::format(",{}", 100 + second % 800);
}

std::string sentinel_time(TimeForm form, Draw& draw) {
  if (form == TimeForm::kFloatSeconds) {
    return "0.0";
  }
  if (is_epoch(form)) {
    return draw.pick(std::vector<std::string>{"9999999999999", "0", "-1"});
  }
  const auto forever = time_text(form, 253'402'214'400);                // 9999-12-31
  return draw.chance(0.5) ? forever : time_text(form, -2'208'988'800);  // 1900-01-01
}

std::string number_text(double value, int decimals, const NumberForm& form) {
  const std::string plain = fmt::format("{:.{}f}", std::abs(value), decimals);
  const size_t point = std::min(plain.find('.'), plain.size());
  std::string text = value < 0 ? "-" : "";
  for (size_t i = 0; i < point; ++i) {
    text += plain[i];
    text += i + 1 < point && (point - i - 1) % 3 == 0 ? form.thousands : "";
  }
  if (point < plain.size()) {
    text += form.decimal + plain.substr(point + 1);
  }
  return form.prefix + text + form.suffix;
}

const char* name_of(Encoding encoding) {
  static const char* const names[] = {"UTF-8",    "UTF-8-mark",   "UTF-16LE-mark", "UTF-16BE-mark", "UTF-16LE",
                                      "UTF-16BE", "windows-1252", "GBK",           "Shift_JIS",     "KOI8-R"};
  return names[static_cast<size_t>(encoding)];
}

std::vector<Encoding> own_encodings(Language language) {
  switch (language) {
    case Language::kEnglish:
    case Language::kGerman:
    case Language::kFrench:
      return {Encoding::kWindows1252};
    case Language::kChinese:
      return {Encoding::kGbk};
    case Language::kJapanese:
      return {Encoding::kShiftJis};
    case Language::kRussian:
      break;
  }
  return {Encoding::kKoi8};
}

std::optional<std::string> encoded(const std::string& utf8, Encoding encoding) {
  static const char* const converters[] = {"UTF-8",    "UTF-8",        "UTF-16LE", "UTF-16BE",  "UTF-16LE",
                                           "UTF-16BE", "windows-1252", "GBK",      "Shift_JIS", "KOI8-R"};
  std::string bytes = encoding == Encoding::kUtf8Mark      ? "\xEF\xBB\xBF"
                      : encoding == Encoding::kUtf16LeMark ? "\xFF\xFE"
                      : encoding == Encoding::kUtf16BeMark ? "\xFE\xFF"
                                                           : "";
  if (encoding <= Encoding::kUtf8Mark) {
    return bytes + utf8;
  }
  UErrorCode code = U_ZERO_ERROR;
  std::vector<UChar> wide(utf8.size() + 1);
  int32_t length = 0;
  u_strFromUTF8(wide.data(), static_cast<int32_t>(wide.size()), &length, utf8.data(), static_cast<int32_t>(utf8.size()),
                &code);
  UConverter* const converter = ucnv_open(converters[static_cast<size_t>(encoding)], &code);
  if (U_FAILURE(code)) {
    return std::nullopt;
  }
  ucnv_setFromUCallBack(converter, UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &code);
  std::string body(static_cast<size_t>(length) * 4 + 16, '\0');
  const int32_t written =
      ucnv_fromUChars(converter, body.data(), static_cast<int32_t>(body.size()), wide.data(), length, &code);
  ucnv_close(converter);
  if (U_FAILURE(code)) {
    return std::nullopt;
  }
  return bytes + body.substr(0, static_cast<size_t>(written));
}

std::string tags_text(TagsForm form, const std::vector<std::string>& tags) {
  const bool list = form == TagsForm::kPython || form == TagsForm::kJson;
  const std::string quote = form == TagsForm::kPython ? "'" : form == TagsForm::kJson ? "\"" : "";
  const char* const separator = form == TagsForm::kBars ? "|" : form == TagsForm::kSemicolons ? ";" : ", ";
  std::string text = list ? "[" : "";
  for (size_t i = 0; i < tags.size(); ++i) {
    text += (i > 0 ? separator : "") + quote + tags[i] + quote;
  }
  return text + (list ? "]" : "");
}

std::string gzipped(const std::string& bytes) {
  const auto codec = *arrow::util::Codec::Create(arrow::Compression::GZIP);
  const auto* const data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int64_t>(bytes.size());
  std::string packed(static_cast<size_t>(codec->MaxCompressedLen(size, data)), '\0');
  const int64_t written =
      *codec->Compress(size, data, static_cast<int64_t>(packed.size()), reinterpret_cast<uint8_t*>(packed.data()));
  packed.resize(static_cast<size_t>(written));
  return packed;
}

}  // namespace haina
