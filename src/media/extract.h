// Pictures, sounds and films become vectors of numbers, decoded in processes of their own (haina-media): a damaged or
// hostile file is named and skipped, whatever it does to its decoder.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stop.h"

namespace haina {

// What one file or one member of an archive gave. Vectors are empty where it has no such part: a film has picture,
// motion and perhaps sound.
struct MediaFeatures {
  std::string name;  // the file's path, or the member's name
  std::vector<float> picture = {}, motion = {}, sound = {};
  std::vector<float> encoded = {};  // what ExtractOptions::encode made of a picture; the mean over frames of a film
  std::string problem = {};         // why there are none; empty if there are
};

// The parts, by the names of the fields that are made of them.
inline constexpr std::array kMediaParts = {
    std::pair{"picture", &MediaFeatures::picture}, std::pair{"motion", &MediaFeatures::motion},
    std::pair{"sound", &MediaFeatures::sound}, std::pair{"picture_vector", &MediaFeatures::encoded}};

// How frames are cut for a network that sees pictures of one size: scaled so that the shorter side (keep_ratio) or both
// sides have `resize` pixels, then `side` x `side` from the middle.
struct PixelForm {
  int64_t resize = 0, side = 0;
  bool keep_ratio = true;
};

struct ExtractOptions {
  int processes = 1;    // at work at the same time
  double seconds = 20;  // for one file; a decoder that needs longer is ended
  const StopFlag* stop = nullptr;
  // Called from several threads with a frame's pixels, side x side of red, green, blue; an empty vector counts as none.
  std::function<std::vector<float>(std::span<const uint8_t>)> encode = {};
  PixelForm pixels = {};                            // with `encode`
  std::function<void(int64_t done)> progress = {};  // called from one thread at a time
};

// One entry for each file, in their order. Fails only where no decoding process can be started, or on a stop.
Result<std::vector<MediaFeatures>> extract_files(std::span<const std::filesystem::path> files,
                                                 const ExtractOptions& options);
// One entry for each regular member, in the archive's order. Fails also where the archive itself cannot be read;
// members before a damaged place are not lost: `problem` says what is wrong with the archive.
struct ArchiveFeatures {
  std::vector<MediaFeatures> members = {};
  std::string problem = {};
};
Result<ArchiveFeatures> extract_archive(const std::filesystem::path& archive, const ExtractOptions& options);
// Of a file's contents, as an upload brings them.
Result<MediaFeatures> extract_bytes(std::string_view bytes, const ExtractOptions& options);

}  // namespace haina
