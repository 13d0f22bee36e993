// Features of files that were decoded before, by their contents: what did not change is not decoded again.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/error.h"
#include "media/extract.h"

namespace haina {

// The first of two keys names a file's contents, or an archive's, by SHA-256; the second a member of the archive, or
// nothing.
class FeatureCache {
 public:
  // Empty where there is no such file, where it is damaged, or where features were made differently then.
  static FeatureCache load(const std::filesystem::path& file);

  // nullptr where nothing is known of it. What was asked for or added is kept by save().
  const MediaFeatures* find(const std::string& sha256);
  void add(const std::string& sha256, MediaFeatures features);
  // The members of an archive in no certain order; nullptr where it was not decoded to its end.
  const ArchiveFeatures* find_archive(const std::string& sha256);
  void add_archive(const std::string& sha256, ArchiveFeatures features);
  // Only what this object was asked for since load(). Written whole or not at all.
  Status save();

 private:
  std::filesystem::path file_;
  std::map<std::string, ArchiveFeatures> known_;  // a file is an archive of one member
  std::set<std::string> used_;
  bool changed_ = false;
};

}  // namespace haina
