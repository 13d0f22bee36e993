#include "media/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "media/decoder_process.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

using media::DecoderProcess;
using media::Frame;
using media::FrameTag;

constexpr int kMostBroken = 1000;  // members of an archive

Error stopped() {
  return {ErrorCode::kInterrupted, "stopped while decoding", "", "run it again: what is decoded is kept"};
}

std::vector<float> floats_of(const std::string& bytes) {
  std::vector<float> numbers(bytes.size() / sizeof(float));
  if (!numbers.empty()) {
    std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  }
  return numbers;
}

// Numbers come from a process that a hostile file may have taken over: none may be more than a number.
bool are_finite(const std::vector<float>& numbers) {
  return std::ranges::all_of(numbers, [](float value) { return value > -1e6F && value < 1e6F; });
}

// What is known so far of a file or member.
struct Item {
  MediaFeatures features = {};
  std::vector<std::vector<float>> frames = {};  // as the network sees them

  void take(const Frame& frame, const ExtractOptions& options);
  MediaFeatures finish();
};

void Item::take(const Frame& frame, const ExtractOptions& options) {
  MediaFeatures& into = features;
  const auto numbers = [&](std::vector<float>& part) {
    part = floats_of(frame.bytes);
    if (!are_finite(part)) {
      part.clear();
      into.problem = "its features are not finite";
    }
  };
  const auto image = [&](const MediaImage& kind) {
    if (options.images && std::ssize(frame.bytes) == kind.shape[0] * kind.shape[1] * kind.shape[2]) {
      (into.*kind.bytes).assign(frame.bytes.begin(), frame.bytes.end());
    }
  };
  switch (frame.tag) {
    case FrameTag::kPicture:
      return numbers(into.picture);
    case FrameTag::kMotion:
      return numbers(into.motion);
    case FrameTag::kSound:
      return numbers(into.sound);
    case FrameTag::kPixels:
      if (options.encode && std::ssize(frame.bytes) == options.pixels.side * options.pixels.side * 3) {
        frames.push_back(options.encode({reinterpret_cast<const uint8_t*>(frame.bytes.data()), frame.bytes.size()}));
      }
      return;
    case FrameTag::kSmall:
      return image(kMediaImages[0]);
    case FrameTag::kSpectrum:
      return image(kMediaImages[1]);
    case FrameTag::kBad:
      into.problem = frame.bytes;
      return;
    default:
      return;
  }
}

MediaFeatures Item::finish() {
  std::erase_if(frames, [](const std::vector<float>& frame) { return frame.empty(); });
  for (const std::vector<float>& frame : frames) {
    features.encoded.resize(frame.size());
    for (size_t i = 0; i < frame.size(); ++i) {
      features.encoded[i] += frame[i] / static_cast<float>(frames.size());
    }
  }
  return std::move(features);
}

// What stands before each request, as the process may be a new one.
std::string form_line(const ExtractOptions& options) {
  return options.encode ? fmt::format("pixels {} {} {}\n", options.pixels.resize, options.pixels.side,
                                      options.pixels.keep_ratio ? 1 : 0)
                        : "";
}

MediaFeatures failed(std::string name, std::string why) { return {.name = std::move(name), .problem = std::move(why)}; }

// The answer to one request for one thing. What breaks the process is told of the file, not of the program.
Result<MediaFeatures> ask(DecoderProcess& process, const std::string& request, std::string_view body,
                          const std::string& name, const ExtractOptions& options) {
  HAINA_OK(process.start());
  Item item = {.features = {.name = name}};
  const std::string lines = form_line(options) + request;
  for (const std::string_view part : {std::string_view(lines), body}) {
    if (const Status sent = process.send(part); !sent) {
      return failed(name, sent.error().what);
    }
  }
  while (true) {
    const Result<Frame> frame = process.receive(options.seconds);
    if (!frame) {
      return failed(name, frame.error().what);
    }
    if (frame->tag == FrameTag::kDone) {
      return item.finish();
    }
    item.take(*frame, options);
  }
}

}  // namespace

Result<std::vector<MediaFeatures>> extract_files(std::span<const fs::path> files, const ExtractOptions& options) {
  std::vector<MediaFeatures> features(files.size());
  std::atomic<size_t> next = 0;
  std::mutex mutex;  // of what follows
  int64_t done = 0;
  std::optional<Error> error;
  const auto work = [&] {
    DecoderProcess process;
    for (size_t i = next++; i < files.size(); i = next++) {
      const std::string path = files[i].string();
      Result<MediaFeatures> made = options.stop != nullptr && options.stop->requested() ? fail(stopped())
                                   : path.find('\n') != std::string::npos
                                       ? failed(path, "its name has a line break")
                                       : ask(process, "file " + path + "\n", "", path, options);
      const std::scoped_lock lock(mutex);
      if (!made) {
        error = made.error();
        next = files.size();
        return;
      }
      features[i] = std::move(*made);
      ++done;
      if (options.progress) {
        options.progress(done);
      }
    }
  };
  std::vector<std::jthread> threads;
  for (int t = 1; t < std::clamp<int>(options.processes, 1, static_cast<int>(std::max<size_t>(1, files.size()))); ++t) {
    threads.emplace_back(work);
  }
  work();
  threads.clear();
  if (error) {
    return fail(*error);
  }
  return features;
}

Result<ArchiveFeatures> extract_archive(const fs::path& archive, const ExtractOptions& options) {
  ArchiveFeatures features;
  DecoderProcess process;
  int broken_members = 0;
  if (archive.string().find('\n') != std::string::npos) {
    return fail({ErrorCode::kInvalidArgument, "the archive's name has a line break", archive.string(), "rename it"});
  }
  while (true) {
    HAINA_OK(process.start());
    const size_t before = features.members.size();
    Status sent = process.send(form_line(options) + fmt::format("archive {} {}\n", before, archive.string()));
    std::optional<Item> member;  // that is being decoded
    std::string broken = sent ? "" : sent.error().what;
    while (broken.empty()) {
      if (options.stop != nullptr && options.stop->requested()) {
        return fail(stopped());
      }
      const Result<Frame> frame = process.receive(options.seconds);
      if (!frame) {
        broken = frame.error().what;
      } else if (frame->tag == FrameTag::kDone) {
        features.problem = frame->bytes;
        return features;
      } else if (frame->tag == FrameTag::kItem) {
        member = Item{.features = {.name = frame->bytes}};
      } else if (frame->tag == FrameTag::kEnd && member) {
        features.members.push_back(std::exchange(member, std::nullopt)->finish());
        if (options.progress) {
          options.progress(std::ssize(features.members));
        }
      } else if (member) {
        member->take(*frame, options);
      }
    }
    broken_members += member ? 1 : 0;
    if (broken_members > kMostBroken) {
      features.problem = fmt::format("more than {} members ended the decoder", kMostBroken);
      return features;
    }
    // A new process goes on behind the member that broke this one.
    if (member) {
      features.members.push_back(failed(member->features.name, broken));
    } else if (features.members.size() == before) {
      features.problem = broken;
      return features;
    }
  }
}

Result<MediaFeatures> extract_bytes(std::string_view bytes, const ExtractOptions& options) {
  DecoderProcess process;
  return ask(process, fmt::format("bytes {}\n", bytes.size()), bytes, "", options);
}

}  // namespace haina
