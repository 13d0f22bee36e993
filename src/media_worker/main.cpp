// haina-media: turns pictures, sounds and films into numbers, in a process of its own. A hostile file can end this
// process, not the program that started it: memory is limited, no file can be written, FFmpeg opens no file by itself,
// and the process ends with its parent. It is no sandbox. Reads lines from standard input and writes frames to standard
// output, see media/protocol.h. Not for use by hand.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

extern "C" {
#include <libavutil/log.h>
}

#include "media/protocol.h"
#include "media_worker/decode.h"
#include "media_worker/features.h"
#include "media_worker/images.h"

namespace haina::media {
namespace {

void write_frame(FrameTag tag, std::string_view bytes = {}) {
  const auto size = static_cast<uint32_t>(bytes.size());
  std::array<char, 5> head = {static_cast<char>(tag)};
  std::memcpy(head.data() + 1, &size, sizeof size);
  std::fwrite(head.data(), 1, head.size(), stdout);
  if (!bytes.empty()) {  // an empty view may point nowhere, which fwrite does not allow
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  }
}

void write_features(FrameTag tag, const std::vector<float>& features) {
  write_frame(tag, {reinterpret_cast<const char*>(features.data()), features.size() * sizeof(float)});
}

void begin_item(std::string_view name) {
  write_frame(FrameTag::kItem, name.substr(0, kMostFrameBytes));
  std::fflush(stdout);  // the program must know which file it was that ended this process
}

void write_image(FrameTag tag, const std::vector<uint8_t>& image) {
  write_frame(tag, {reinterpret_cast<const char*>(image.data()), image.size()});
}

PixelCut wanted_pixels;  // set by a line of the program

void answer(std::span<const uint8_t> bytes) {
  const auto decoded = decode(bytes, wanted_pixels);
  if (!decoded) {
    write_frame(FrameTag::kBad, decoded.error());
  } else {
    if (!decoded->frames.empty()) {
      write_features(FrameTag::kPicture, picture_features(decoded->frames));
      write_image(FrameTag::kSmall, small_picture(decoded->frames));
    }
    if (decoded->is_film && decoded->frames.size() > 1) {
      write_features(FrameTag::kMotion, motion_features(decoded->frames));
    }
    for (const Frame& frame : decoded->pixels) {
      write_frame(FrameTag::kPixels, {reinterpret_cast<const char*>(frame.data()), frame.size()});
    }
    if (!decoded->samples.empty()) {
      write_features(FrameTag::kSound, sound_features(decoded->samples));
      write_image(FrameTag::kSpectrum, spectrogram(decoded->samples));
    }
  }
  write_frame(FrameTag::kEnd);
}

void refuse(const std::string& why) {
  write_frame(FrameTag::kBad, why);
  write_frame(FrameTag::kEnd);
}

void refuse_size(int64_t bytes) {
  refuse("it has " + std::to_string(bytes) + " bytes, more than " + std::to_string(kMostFileBytes));
}

void read_file(const std::string& path) {
  begin_item(path);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat about = {};
  if (file < 0 || fstat(file, &about) != 0) {
    refuse(std::string("it cannot be opened: ") + std::strerror(errno));
  } else if (!S_ISREG(about.st_mode)) {
    refuse("it is no regular file");
  } else if (about.st_size > kMostFileBytes) {
    refuse_size(about.st_size);
  } else if (about.st_size == 0) {
    refuse("the file is empty");
  } else if (void* const mapped = mmap(nullptr, static_cast<size_t>(about.st_size), PROT_READ, MAP_PRIVATE, file, 0);
             mapped == MAP_FAILED) {
    refuse(std::string("it cannot be read: ") + std::strerror(errno));
  } else {
    answer({static_cast<const uint8_t*>(mapped), static_cast<size_t>(about.st_size)});
    munmap(mapped, static_cast<size_t>(about.st_size));
  }
  if (file >= 0) {
    close(file);
  }
  write_frame(FrameTag::kDone);
}

// The bytes of the member that the archive stands at; an error in words.
tl::expected<std::vector<uint8_t>, std::string> member_bytes(archive& from) {
  std::vector<uint8_t> bytes;
  const void* block = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    const int code = archive_read_data_block(&from, &block, &size, &offset);
    if (code == ARCHIVE_EOF) {
      return bytes;
    }
    if (code < ARCHIVE_WARN) {
      return tl::unexpected(std::string("the archive is damaged here: ") + archive_error_string(&from));
    }
    if (offset < 0 || offset + static_cast<int64_t>(size) > kMostFileBytes) {
      return tl::unexpected("it has more than " + std::to_string(kMostFileBytes) + " bytes");
    }
    bytes.resize(static_cast<size_t>(offset), 0);  // holes of sparse members
    const auto* const begin = static_cast<const uint8_t*>(block);
    bytes.insert(bytes.end(), begin, begin + size);
  }
}

void read_archive(int64_t skip, const std::string& path) {
  const std::unique_ptr<archive, int (*)(archive*)> from(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(from.get());
  archive_read_support_format_zip(from.get());
  // Not all filters: some start programs.
  archive_read_support_filter_gzip(from.get());
  archive_read_support_filter_bzip2(from.get());
  archive_read_support_filter_xz(from.get());
  archive_read_support_filter_zstd(from.get());
  if (archive_read_open_filename(from.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) {
    write_frame(FrameTag::kDone, std::string("no archive of tar or zip: ") + archive_error_string(from.get()));
    return;
  }
  archive_entry* entry = nullptr;
  while (true) {
    const int code = archive_read_next_header(from.get(), &entry);
    if (code == ARCHIVE_EOF) {
      break;
    }
    if (code < ARCHIVE_WARN) {
      write_frame(FrameTag::kDone, std::string("damaged: ") + archive_error_string(from.get()));
      return;
    }
    const char* const name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || name == nullptr || --skip >= 0) {
      continue;
    }
    begin_item(name);
    if (const auto bytes = member_bytes(*from)) {
      answer(*bytes);
    } else {
      refuse(bytes.error());
    }
  }
  write_frame(FrameTag::kDone);
}

void read_bytes(int64_t count) {
  begin_item("");
  std::vector<uint8_t> bytes(static_cast<size_t>(std::clamp<int64_t>(count, 0, kMostFileBytes)));
  std::cin.read(reinterpret_cast<char*>(bytes.data()), std::ssize(bytes));
  if (std::cin.gcount() != count) {
    std::exit(1);  // the other end is gone
  }
  answer(bytes);
  write_frame(FrameTag::kDone);
}

void read_form(const std::string& line) {
  int keep = 0;
  if (std::sscanf(line.c_str(), "pixels %d %d %d", &wanted_pixels.resize, &wanted_pixels.side, &keep) != 3 ||
      wanted_pixels.side < 1 || wanted_pixels.side > kMostPixelSide || wanted_pixels.resize < wanted_pixels.side ||
      wanted_pixels.resize > 4 * kMostPixelSide) {
    std::exit(2);  // not from haina
  }
  wanted_pixels.keep_ratio = keep != 0;
}

// Without its limits the process does nothing.
void limit(__rlimit_resource resource, rlim_t most) {
  const rlimit value = {most, most};
  if (setrlimit(resource, &value) != 0) {
    std::cerr << "haina-media: cannot limit itself: " << std::strerror(errno) << "\n";
    std::exit(3);
  }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

void limit_process() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  std::signal(SIGXFSZ, SIG_IGN);  // a message to a log that is a file is lost; it does not end the process
  limit(RLIMIT_NOFILE, 16);
  if (!kSanitized) {  // sanitizers reserve terabytes of addresses
    limit(RLIMIT_AS, rlim_t{2} << 30);
  }
}

int run() {
  limit_process();
  av_log_set_level(AV_LOG_QUIET);
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::string_view request = line;
    if (request.starts_with("pixels ")) {
      read_form(line);
    } else if (request.starts_with("file ")) {
      read_file(line.substr(5));
    } else if (request.starts_with("bytes ")) {
      read_bytes(std::strtoll(line.c_str() + 6, nullptr, 10));
    } else if (request.starts_with("archive ")) {
      char* path = nullptr;
      const int64_t skip = std::strtoll(line.c_str() + 8, &path, 10);
      read_archive(skip, *path == ' ' ? path + 1 : path);
    } else {
      std::cerr << "haina-media: started by haina, not for use by hand\n";
      return 2;
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace haina::media

int main() { return haina::media::run(); }
