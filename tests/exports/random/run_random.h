// Runs init and prepare over many random exports and counts how they fared. HAINA_SEED=123 runs one and shows all of
// it, leaving its files; HAINA_EXPORTS=500 sets how many; HAINA_EXPORTS_LOG=FILE gets a line for each.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <numeric>

#include "exports/export_case.h"
#include "exports/random/check_export.h"

namespace haina {

class RandomExports : public ExportCase {
 protected:
  // In memory where there is such a folder: thousands of small files are synchronized to disk otherwise.
  void SetUp() override {
    ExportCase::SetUp();
    if (std::error_code code; std::filesystem::is_directory("/dev/shm", code)) {
      std::filesystem::remove_all(out_);
      out_ = "/dev/shm" / out_.filename();
    }
  }
  // Prints how many fared how, and asserts that none crashes.
  void run_seeds(uint64_t first, uint64_t count, Difficulty difficulty = Difficulty::kAny) {
    const char* const seed = std::getenv("HAINA_SEED");
    const char* const exports = std::getenv("HAINA_EXPORTS");
    if (seed != nullptr) {
      first = std::strtoull(seed, nullptr, 10);
      count = 1;
    } else if (exports != nullptr) {
      count = std::strtoull(exports, nullptr, 10);
    }
    if (const char* const log = std::getenv("HAINA_EXPORTS_LOG"); log != nullptr) {
      log_.open(log);
    }
    std::signal(SIGSEGV, name_seed);
    std::signal(SIGABRT, name_seed);
    for (uint64_t i = first; i < first + count; ++i) {
      run_seed(i, seed != nullptr, difficulty);
    }
    const auto of = [this](Outcome outcome) { return counts_[static_cast<size_t>(outcome)]; };
    std::string table;
    for (size_t i = 0; i < counts_.size(); ++i) {
      table += fmt::format("{}: {}  ", name_of(static_cast<Outcome>(i)), counts_[i]);
    }
    std::cout << table << "\n";
    EXPECT_EQ(of(Outcome::kCrash), 0) << table;
  }

  // At least so many percent are read right, or a doubt names their trouble; and no more than so many are misread in
  // silence.
  void expect_understood(int64_t percent, int64_t most_silent) const {
    const int64_t count = std::accumulate(counts_.begin(), counts_.end(), int64_t{0});
    EXPECT_GE(100 * (counts_[static_cast<size_t>(Outcome::kRight)] + counts_[static_cast<size_t>(Outcome::kTold)]),
              percent * count);
    EXPECT_LE(counts_[static_cast<size_t>(Outcome::kSilent)], most_silent);
  }

  std::array<int64_t, 6> counts_ = {};  // by Outcome

 private:
  static inline volatile uint64_t current_ = 0;
  static void name_seed(int signal) {
    std::fprintf(stderr, "\nsignal %d at HAINA_SEED=%llu\n", signal, static_cast<unsigned long long>(current_));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }

  void run_seed(uint64_t seed, bool shows, Difficulty difficulty) {
    current_ = seed;
    init_ = {};
    error_.reset();
    data_.reset();
    std::filesystem::remove_all(out_);
    std::filesystem::create_directories(out_);
    const RandomExport made = make_random_export(seed, difficulty);
    for (const auto& [path, bytes] : made.files) {
      std::filesystem::create_directories((made_folder() / path).parent_path());
      std::ofstream(made_folder() / path, std::ios::binary) << bytes;
    }
    Verdict verdict;
    try {
      run(made_folder());
      verdict = check_export(made, {.init = init_, .data = data_, .error = error_});
    } catch (const std::exception& thrown) {
      verdict = {Outcome::kCrash, {thrown.what()}};
    }
    ++counts_[static_cast<size_t>(verdict.outcome)];
    const std::string differences = fmt::format("{}", fmt::join(verdict.differences, " ## "));
    if (log_) {
      log_ << seed << "\t" << name_of(verdict.outcome) << "\t" << made.plan.described() << "\t" << differences << "\n";
    }
    const bool fails = verdict.outcome != Outcome::kRight && verdict.outcome != Outcome::kTold;
    if (shows || (fails && ++shown_failures_ <= 3)) {
      std::cout << fmt::format("HAINA_SEED={} {}: {}\n{}\n{}{}\n", seed, name_of(verdict.outcome),
                               made.plan.described(), differences, first_lines(made), shown());
    }
    if (shows) {
      const auto kept = out_.parent_path() / fmt::format("haina_seed_{}", seed);
      std::filesystem::remove_all(kept);
      std::filesystem::rename(made_folder(), kept);
      std::cout << "its files: " << kept << "\n";
    }
  }

  static std::string first_lines(const RandomExport& made) {
    std::string text;
    for (const auto& [path, bytes] : made.files) {
      text += fmt::format("--- {} ({} bytes)\n", path, bytes.size());
      if (path.ends_with(".gz") || path.ends_with(".parquet")) {
        continue;
      }
      size_t end = 0;
      for (int line = 0; line < 5 && end < bytes.size(); ++line) {
        end = std::min(bytes.find_first_of("\r\n", end), bytes.size() - 1) + 1;
      }
      text += bytes.substr(0, std::min<size_t>(end, 600)) + "\n";
    }
    return text;
  }

  int shown_failures_ = 0;
  std::ofstream log_;
};

}  // namespace haina
