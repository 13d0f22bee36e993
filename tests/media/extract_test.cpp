// Pictures, sounds and films by the real decoding process, and what becomes of files that break it.
#include "media/extract.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

#include "base/files.h"
#include "base/tar.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

fs::path samples() { return fs::path(HAINA_SOURCE_DIR) / "tests" / "media" / "samples"; }

std::string contents(const fs::path& path) { return read_text(path).value(); }

MediaFeatures features_of(const std::string& sample) {
  const std::vector<fs::path> files = {samples() / sample};
  auto features = extract_files(files, {}).value();
  EXPECT_EQ(features.size(), 1U);
  return features.front();
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    sum += std::pow(double{a[i]} - double{b[i]}, 2);
  }
  return std::sqrt(sum);
}

class Extract : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_extract_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override {
    ::unsetenv("HAINA_MEDIA");
    fs::remove_all(folder_);
  }
  fs::path put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  // A decoder that does what the shell script says.
  void use_decoder(const std::string& script) {
    const fs::path path = put("decoder", "#!/bin/sh\n" + script);
    ::chmod(path.c_str(), 0700);
    ::setenv("HAINA_MEDIA", path.c_str(), 1);
  }
  fs::path archive(const std::vector<std::pair<std::string, std::string>>& members) {
    TarWriter tar = TarWriter::create(folder_ / "files.tar").value();
    for (const auto& [name, bytes] : members) {
      EXPECT_TRUE(tar.begin_file(name, bytes.size()) && tar.write(bytes));
    }
    EXPECT_TRUE(tar.close());
    return folder_ / "files.tar";
  }
  fs::path folder_;
};

TEST_F(Extract, EveryFormatGivesItsParts) {
  struct Wanted {
    const char* sample;
    bool picture, motion, sound;
  };
  for (const Wanted& wanted : {Wanted{"red.png", true, false, false}, Wanted{"red.jpg", true, false, false},
                               Wanted{"blue.bmp", true, false, false}, Wanted{"test.webp", true, false, false},
                               Wanted{"green.gif", true, false, false}, Wanted{"a440.wav", false, false, true},
                               Wanted{"a440.flac", false, false, true}, Wanted{"a440.mp3", false, false, true},
                               Wanted{"a440.ogg", false, false, true}, Wanted{"test.mp4", true, true, true},
                               Wanted{"still.mkv", true, true, false}}) {
    const MediaFeatures features = features_of(wanted.sample);
    EXPECT_EQ(features.problem, "") << wanted.sample;
    EXPECT_EQ(features.picture.size(), wanted.picture ? 296U : 0U) << wanted.sample;
    EXPECT_EQ(features.motion.size(), wanted.motion ? 4U : 0U) << wanted.sample;
    EXPECT_EQ(features.sound.size(), wanted.sound ? 88U : 0U) << wanted.sample;
  }
}

TEST_F(Extract, ThePictureCountsAndNotItsFormat) {
  const std::vector<float> red = features_of("red.png").picture;
  EXPECT_LT(distance(red, features_of("red.jpg").picture), 0.1);
  EXPECT_LT(distance(red, features_of("still.mkv").picture), 0.2);
  EXPECT_GT(distance(red, features_of("blue.bmp").picture), 1);
  EXPECT_GT(distance(red, features_of("test.webp").picture), 1);
  EXPECT_NEAR(red[0], 0.299, 0.01);  // the lightness of pure red, ITU-R BT.601
  EXPECT_NEAR(features_of("blue.bmp").picture[0], 0.114, 0.01);
}

TEST_F(Extract, TheSoundCountsAndNotItsFormat) {
  const std::vector<float> tone = features_of("a440.wav").sound;
  EXPECT_LT(distance(tone, features_of("a440.flac").sound), 1e-3);  // loses nothing
  const double to_other = distance(tone, features_of("a2000.wav").sound);
  EXPECT_LT(distance(tone, features_of("a440.mp3").sound), to_other / 2);
  EXPECT_LT(distance(tone, features_of("a440.ogg").sound), to_other / 2);
  // The third of four shapes' means is the roll-off in kHz: a tone has nearly all of its power at its frequency.
  EXPECT_NEAR(tone[84], 0.44, 0.1);
  EXPECT_NEAR(features_of("a2000.wav").sound[84], 2, 0.1);
}

TEST_F(Extract, ImagesForNetworksAreGivenWhereTheyAreWanted) {
  const auto with_images = [](const std::string& sample) {
    const std::vector<fs::path> files = {samples() / sample};
    return extract_files(files, {.images = true}).value().front();
  };
  EXPECT_TRUE(features_of("red.png").pixels.empty());
  const std::vector<uint8_t> red = with_images("red.png").pixels;
  ASSERT_EQ(red.size(), 3U * 32 * 32);
  for (size_t i = 0; i < red.size(); ++i) {
    EXPECT_NEAR(red[i], i < 1024 ? 255 : 0, 3) << i;  // the red channel first
  }
  EXPECT_EQ(with_images("test.mp4").pixels.size(), red.size());
  EXPECT_EQ(with_images("test.mp4").spectrogram.size(), 32U * 64);
  EXPECT_TRUE(with_images("red.png").spectrogram.empty());
  // The loudest of 32 bands over 20 Hz to 8 kHz, equally wide in mel; a tone is as loud in all parts.
  for (const auto& [sample, hertz] : {std::pair{"a440.wav", 440.0}, std::pair{"a2000.wav", 2000.0}}) {
    const std::vector<uint8_t> tone = with_images(sample).spectrogram;
    ASSERT_EQ(tone.size(), 32U * 64);
    const auto mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
    const double band = 33 * (mel(hertz) - mel(20)) / (mel(8000) - mel(20)) - 1;
    for (const size_t part : {4U, 30U, 60U}) {
      size_t loudest = 0;
      for (size_t b = 0; b < 32; ++b) {
        loudest = tone[b * 64 + part] > tone[loudest * 64 + part] ? b : loudest;
      }
      EXPECT_NEAR(static_cast<double>(loudest), band, 1) << sample << " " << part;
    }
  }
}

// corner-1.jpg is upright; the pixels of the others are turned or mirrored, and a tag says how to undo it.
TEST_F(Extract, ANoteOnHowToTurnAPictureIsHeeded) {
  const std::vector<float> shown = features_of("corner-1.jpg").picture;
  std::string untagged = contents(samples() / "corner-6.jpg");
  const std::string tag("\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06", 10);
  const size_t at = untagged.find(tag);
  ASSERT_NE(at, std::string::npos);
  untagged[at + 9] = 1;
  const std::vector<fs::path> lying = {put("lying.jpg", untagged)};
  const double turned = distance(shown, extract_files(lying, {}).value().front().picture);
  EXPECT_GT(turned, 1);
  for (const char* const sample :
       {"corner-2.jpg", "corner-3.jpg", "corner-4.jpg", "corner-5.jpg", "corner-6.jpg", "corner-7.jpg", "corner-8.jpg",
        "corner-6.webp", "corner-6.png", "corner-6.tiff", "corner-6.mp4"}) {
    EXPECT_LT(distance(shown, features_of(sample).picture), turned / 5) << sample;
  }
}

TEST_F(Extract, ADamagedNoteIsNone) {
  const std::string whole = contents(samples() / "corner-6.png");
  const size_t chunk = whole.find("eXIf");
  ASSERT_NE(chunk, std::string::npos);
  for (const size_t place : {chunk + 8, chunk + 9, chunk + 12, chunk + 13, chunk - 4, chunk - 1}) {
    std::string damaged = whole;
    damaged[place] = '\xFF';
    const std::vector<fs::path> files = {put("damaged.png", damaged)};
    EXPECT_TRUE(extract_files(files, {})) << place;  // whatever it gives, it ends
  }
}

TEST_F(Extract, AFilmMovesAndAPictureStands) {
  const MediaFeatures moving = features_of("test.mp4"), still = features_of("still.mkv");
  EXPECT_GT(moving.motion[0], 10 * still.motion[0]);
  EXPECT_LT(still.motion[0], 1e-3);
}

TEST_F(Extract, ManyProcessesGiveTheSameInOrder) {
  std::vector<fs::path> files;
  for (int i = 0; i < 40; ++i) {
    files.push_back(samples() / (i % 3 == 0 ? "red.png" : i % 3 == 1 ? "a440.wav" : "blue.bmp"));
  }
  const auto one = extract_files(files, {.processes = 1}).value(),
             four = extract_files(files, {.processes = 4}).value();
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(one[i].name, files[i].string());
    EXPECT_EQ(one[i].picture, four[i].picture);
    EXPECT_EQ(one[i].sound, four[i].sound);
  }
}

TEST_F(Extract, WhatIsNoMediaIsNamedAndTheRestIsRead) {
  ::mkfifo((folder_ / "pipe").c_str(), 0600);
  const std::vector<fs::path> files = {put("empty.jpg", ""),    put("text.png", "not a picture"),
                                       folder_ / "missing.jpg", folder_,
                                       folder_ / "pipe",        put("two\nlines.png", contents(samples() / "red.png")),
                                       samples() / "red.png"};
  const auto features = extract_files(files, {}).value();
  const std::vector<std::string> wanted = {"the file is empty", "no picture, sound or film", "No such file",
                                           "no regular file",   "no regular file",           "line break"};
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NE(features[i].problem.find(wanted[i]), std::string::npos) << i << features[i].problem;
    EXPECT_TRUE(features[i].picture.empty());
  }
  EXPECT_EQ(features.back().problem, "");
}

TEST_F(Extract, APlaylistOpensNoOtherFile) {
  const std::string red = (samples() / "red.png").string();
  const auto features =
      extract_files(std::vector<fs::path>{put("list.m3u8", "#EXTM3U\n#EXTINF:1,\n" + red + "\n"),
                                          put("list.ffconcat", "ffconcat version 1.0\nfile '" + red + "'\n")},
                    {})
          .value();
  for (const MediaFeatures& each : features) {
    EXPECT_NE(each.problem, "");
    EXPECT_TRUE(each.picture.empty());
  }
}

// Every sample cut and with bytes changed at random: each gives features or a reason, and the program goes on. 10,000
// with HAINA_MUTATIONS=10000.
TEST_F(Extract, DamagedFilesBreakNothing) {
  const char* const given = std::getenv("HAINA_MUTATIONS");
  const int count = given == nullptr ? 240 : std::atoi(given);
  std::vector<std::string> originals;
  for (const fs::directory_entry& entry : fs::directory_iterator(samples())) {
    originals.push_back(contents(entry.path()));
  }
  std::mt19937 random(7);
  std::vector<fs::path> files;
  for (int i = 0; i < count; ++i) {
    std::string bytes = originals[static_cast<size_t>(i) % originals.size()];
    if (random() % 4 == 0) {
      bytes.resize(random() % bytes.size());
    }
    const size_t header = std::min<size_t>(bytes.size(), 200);
    for (size_t changes = random() % 20; changes > 0 && header > 0; --changes) {
      bytes[random() % (random() % 2 == 0 ? header : bytes.size())] = static_cast<char>(random());
    }
    files.push_back(put("damaged" + std::to_string(i), bytes));
  }
  files.push_back(samples() / "red.png");
  const auto features = extract_files(files, {.processes = 2, .seconds = 10}).value();
  int refused = 0, broken = 0;
  for (const MediaFeatures& each : features) {
    const bool has = !each.picture.empty() || !each.sound.empty();
    EXPECT_NE(has, !each.problem.empty()) << each.name << ": " << each.problem;
    refused += each.problem.empty() ? 0 : 1;
    broken += each.problem.find("ended the decoder") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(refused, count / 20);
  EXPECT_LT(refused, count);
  EXPECT_EQ(features.back().problem, "");
  RecordProperty("ended_the_decoder", broken);
}

TEST_F(Extract, ADecoderThatDiesIsNamedAndReplaced) {
  use_decoder("kill -SEGV $$\n");
  const auto features = extract_files(std::vector<fs::path>{samples() / "red.png", samples() / "blue.bmp"}, {}).value();
  for (const MediaFeatures& each : features) {
    EXPECT_NE(each.problem.find("signal 11"), std::string::npos) << each.problem;
  }
}

TEST_F(Extract, ADecoderThatHangsIsEnded) {
  use_decoder("exec sleep 60\n");
  const auto features = extract_files(std::vector<fs::path>{samples() / "red.png"}, {.seconds = 0.2}).value();
  EXPECT_NE(features[0].problem.find("longer than 0.2 s"), std::string::npos) << features[0].problem;
}

TEST_F(Extract, WithoutADecoderThereIsAHint) {
  ::setenv("HAINA_MEDIA", "/nonexistent", 1);
  const auto features = extract_files(std::vector<fs::path>{samples() / "red.png"}, {});
  ASSERT_FALSE(features);
  EXPECT_NE(to_text(features.error()).find("/nonexistent"), std::string::npos);
}

TEST_F(Extract, ARequestToStopIsFollowed) {
  StopFlag stop;
  stop.request();
  const auto features = extract_files(std::vector<fs::path>{samples() / "red.png"}, {.stop = &stop});
  ASSERT_FALSE(features);
  EXPECT_EQ(features.error().code, ErrorCode::kInterrupted);
}

TEST_F(Extract, AnArchiveGivesItsMembersAsTheFilesThemselves) {
  const auto made = extract_archive(archive({{"a/1.png", contents(samples() / "red.png")},
                                             {"2.txt", "no picture"},
                                             {"3.wav", contents(samples() / "a440.wav")}}),
                                    {});
  ASSERT_TRUE(made) << to_text(made.error());
  ASSERT_EQ(made->members.size(), 3U);
  EXPECT_EQ(made->members[0].name, "a/1.png");
  EXPECT_EQ(made->members[0].picture, features_of("red.png").picture);
  EXPECT_NE(made->members[1].problem, "");
  EXPECT_EQ(made->members[2].sound, features_of("a440.wav").sound);
  EXPECT_EQ(made->problem, "");
}

TEST_F(Extract, AnArchiveThatIsNoneOrIsCutOffSaysSo) {
  const auto none = extract_archive(put("none.tar", "no archive"), {});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->members.empty());
  EXPECT_NE(none->problem, "");
  const fs::path whole =
      archive({{"1.png", contents(samples() / "red.png")}, {"2.mp4", contents(samples() / "test.mp4")}});
  const auto cut = extract_archive(put("cut.tar", contents(whole).substr(0, 6000)), {});
  ASSERT_TRUE(cut);
  ASSERT_GE(cut->members.size(), 1U);
  EXPECT_EQ(cut->members[0].problem, "");
  EXPECT_TRUE(!cut->problem.empty() || !cut->members.back().problem.empty());
}

// The second of three members ends the decoder: a new one goes on behind it.
TEST_F(Extract, AnArchiveIsReadBehindAMemberThatEndsTheDecoder) {
  use_decoder(R"(read word skip path
item() { printf 'i\001\000\000\000%s' "$1"; }
end() { printf 'b\002\000\000\000noe\000\000\000\000'; }
if [ "$skip" = 0 ]; then item 1; end; item 2; kill -KILL $$; fi
item 3; end; printf 'd\000\000\000\000'
sleep 5
)");
  const auto made = extract_archive(put("any.tar", "read by nobody"), {});
  ASSERT_TRUE(made) << to_text(made.error());
  ASSERT_EQ(made->members.size(), 3U);
  EXPECT_EQ(made->members[0].problem, "no");
  EXPECT_NE(made->members[1].problem.find("signal 9"), std::string::npos) << made->members[1].problem;
  EXPECT_EQ(made->members[2].name, "3");
}

TEST_F(Extract, BytesGiveWhatTheFileGives) {
  const auto made = extract_bytes(contents(samples() / "test.webp"), {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->picture, features_of("test.webp").picture);
}

}  // namespace
}  // namespace haina
