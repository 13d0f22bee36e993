// Archives that tar programs can read: what goes in comes out, and damage is told.
#include "base/tar.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/seed.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class Tar : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_tar_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    RandomStream random(1, "tar_test");
    for (const size_t size : {0, 1, 511, 512, 513, 100'000}) {
      std::string text(size, '\0');
      for (char& c : text) {
        c = static_cast<char>(random.below(256));
      }
      files_.emplace_back("folder/" + std::to_string(size), text);
    }
    std::string long_name(300, 'n');
    long_name[180] = '/';
    files_.emplace_back(long_name, "a long name");
  }
  void TearDown() override { fs::remove_all(folder_); }
  // Without waiting for the disk.
  static void put(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  fs::path file() const { return folder_ / "a.tar"; }
  void write() const {
    auto tar = TarWriter::create(file());
    ASSERT_TRUE(tar);
    for (const auto& [name, text] : files_) {
      ASSERT_TRUE(tar->begin_file(name, text.size()));
      ASSERT_TRUE(tar->write(text.substr(0, text.size() / 2)));
      ASSERT_TRUE(tar->write(text.substr(text.size() / 2)));
    }
    ASSERT_TRUE(tar->add_link("link", "folder/513"));
    ASSERT_TRUE(tar->close());
  }
  // name -> content, of links "-> target"; or why not.
  static Result<std::map<std::string, std::string>> read(const fs::path& path) {
    HAINA_TRY(TarReader tar, TarReader::open(path));
    std::map<std::string, std::string> files;
    while (true) {
      HAINA_TRY(const std::optional<TarReader::Entry> entry, tar.next());
      if (!entry) {
        return files;
      }
      std::string& text = files[entry->name];
      text = entry->target.empty() ? "" : "-> " + entry->target;
      while (true) {
        HAINA_TRY(const std::string_view part, tar.read(1000));
        if (part.empty()) {
          break;
        }
        text += part;
      }
    }
  }
  fs::path folder_;
  std::vector<std::pair<std::string, std::string>> files_;
};

TEST_F(Tar, WhatGoesInComesOut) {
  write();
  const auto read_back = read(file());
  ASSERT_TRUE(read_back) << to_text(read_back.error());
  EXPECT_EQ(read_back->size(), files_.size() + 1);
  for (const auto& [name, text] : files_) {
    EXPECT_EQ(read_back->at(name), text) << name;
  }
  EXPECT_EQ(read_back->at("link"), "-> folder/513");
}

TEST_F(Tar, TheSystemsTarUnpacksIt) {
  write();
  const fs::path out = folder_ / "out";
  fs::create_directories(out);
  ASSERT_EQ(std::system(("tar -xf " + file().string() + " -C " + out.string()).c_str()), 0);
  for (const auto& [name, text] : files_) {
    EXPECT_EQ(*read_text(out / name), text) << name;
  }
  EXPECT_EQ(*read_text(out / "link"), *read_text(out / "folder/513"));
}

TEST_F(Tar, ArchivesOfTheSystemsTarAreRead) {
  write();
  const fs::path out = folder_ / "out";
  fs::create_directories(out);
  ASSERT_EQ(std::system(("tar -xf " + file().string() + " -C " + out.string() + " && cd " + out.string() +
                         " && tar --format=posix -cf ../b.tar * && tar --format=ustar -cf ../c.tar folder")
                            .c_str()),
            0);
  for (const char* const name : {"b.tar", "c.tar"}) {
    const auto again = read(folder_ / name);
    ASSERT_TRUE(again) << name << to_text(again.error());
    EXPECT_EQ(again->at("folder/511"), files_[2].second) << name;
  }
}

TEST_F(Tar, EveryCutIsTold) {
  write();
  const std::string whole = *read_text(file());
  for (size_t size = 0; size + 1024 < whole.size(); size += 251) {
    put(folder_ / "cut.tar", whole.substr(0, size));
    const auto cut = read(folder_ / "cut.tar");
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().code, ErrorCode::kBadData);
  }
}

// A flipped bit in a header is told; in a content it is for the reader's own checksum to find.
TEST_F(Tar, DamagedHeadersNeverCrash) {
  write();
  const std::string whole = *read_text(file());
  for (size_t at = 0; at < 512; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    put(folder_ / "damaged.tar", damaged);
    EXPECT_FALSE(read(folder_ / "damaged.tar")) << at;
  }
}

TEST_F(Tar, OtherFilesAreNoArchives) {
  ASSERT_TRUE(write_text(file(), std::string(2000, 'x')));
  const auto none = read(file());
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().what.find("no tar archive"), std::string::npos) << none.error().what;
  EXPECT_EQ(read(folder_ / "missing.tar").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read(folder_).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace haina
