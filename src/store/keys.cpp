#include "store/keys.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "base/suggest.h"

namespace haina {

std::string_view to_string(Scope scope) {
  return scope == Scope::kRead ? "read" : scope == Scope::kWrite ? "write" : "admin";
}

Result<Scope> parse_scope(const std::string& text) {
  static const std::vector<std::string> known = {"read", "write", "admin"};
  for (const Scope scope : {Scope::kRead, Scope::kWrite, Scope::kAdmin}) {
    if (text == to_string(scope)) {
      return scope;
    }
  }
  return fail(
      {ErrorCode::kInvalidArgument, fmt::format("unknown scope '{}'", text), "--scope", did_you_mean(text, known)});
}

Result<std::string> new_key() {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<unsigned char, 43> bytes = {};  // six bits of each
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return fail({ErrorCode::kIo, "the system has no random bytes", "", "check /dev/urandom"});
  }
  std::string key = "haina_";
  for (const unsigned char byte : bytes) {
    key += kLetters[byte % kLetters.size()];
  }
  return key;
}

std::string hash_of_key(std::string_view key) {
  Sha256 hash;
  hash.add(key.data(), key.size());
  return hash.hex();
}

Result<int64_t> parse_expiry(const std::string& text, int64_t now_us, const std::string& at) {
  constexpr int64_t kSecondUs = 1'000'000, kDaySeconds = 86'400;
  constexpr int64_t kLongest = 36'500;  // days
  const auto wrong = [&](const std::string& what) {
    return fail({ErrorCode::kInvalidArgument, what, at, "write an age (90d, 12h, 30m), a date (2027-01-31) or never"});
  };
  if (text == "never") {
    return 0;
  }
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end + 1 == text.data() + text.size() &&
      std::string_view("dhm").find(*end) != std::string_view::npos) {
    const int64_t unit = *end == 'd' ? kDaySeconds : (*end == 'h' ? 3600 : 60);
    if (number <= 0 || number > kLongest * kDaySeconds / unit) {
      return wrong(fmt::format("'{}' is no age of up to 100 years", text));
    }
    return now_us + number * unit * kSecondUs;
  }
  int year = 0;
  unsigned month = 0, day = 0;
  int used = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) != 3 || used != 10) {
    return wrong(fmt::format("'{}' is neither an age nor a date", text));
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) {
    return wrong(fmt::format("'{}' is no day of the calendar", text));
  }
  const int64_t time_us = std::chrono::sys_days(date).time_since_epoch().count() * kDaySeconds * kSecondUs;
  return time_us > now_us ? Result<int64_t>(time_us) : wrong(fmt::format("'{}' is in the past", text));
}

std::string expiry_text(int64_t time_us) {
  return time_us == 0
             ? "never"
             : fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(static_cast<std::time_t>(time_us / 1'000'000)));
}

std::string day_text(int64_t day) {
  return day == 0 ? "" : fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(day * 86'400)));
}

bool same_hash(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace haina
