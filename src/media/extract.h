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
#include "media/protocol.h"

namespace haina {

// What one file or one member of an archive gave. Vectors are empty where it has no such part: a film has picture,
// motion and perhaps sound.
struct MediaFeatures {
  std::string name;  // the file's path, or the member's name
  std::vector<float> picture = {}, motion = {}, sound = {};
  std::vector<float> encoded = {};  // what ExtractOptions::encode made of a picture; the mean over frames of a film
  // Bytes of media::kSmallPicture and media::kSpectrogram, with ExtractOptions::images.
  std::vector<uint8_t> pixels = {}, spectrogram = {};
  std::string problem = {};  // why there are none; empty if there are
};

// The parts, by the names of the fields that are made of them.
inline constexpr std::array kMediaParts = {
    std::pair{"picture", &MediaFeatures::picture}, std::pair{"motion", &MediaFeatures::motion},
    std::pair{"sound", &MediaFeatures::sound}, std::pair{"picture_vector", &MediaFeatures::encoded}};

// Images that a network of Haina's own is trained on: the part of a source's `encode`, the field, its shape.
struct MediaImage {
  const char* part;
  const char* field;
  std::vector<uint8_t> MediaFeatures::* bytes;
  std::array<int64_t, 3> shape;  // channels, height, width
};
inline constexpr std::array kMediaImages = {
    MediaImage{"picture", "picture_pixels", &MediaFeatures::pixels, media::kSmallPicture},
    MediaImage{"sound", "sound_spectrogram", &MediaFeatures::spectrogram, media::kSpectrogram}};

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
  bool images = false;                              // whether MediaFeatures holds pixels and spectrogram
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
