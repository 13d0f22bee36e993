#include "synth/write_shop.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "base/seed.h"
#include "synth/draw_picture.h"
#include "synth/make_clip.h"
#include "synth/make_sound.h"
#include "synth/shop_files.h"
#include "synth/shop_history.h"
#include "synth/shop_truth.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

Status check_new_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.empty()) {
    return fail({ErrorCode::kInvalidArgument, "no folder is named", "FOLDER", "name a new folder, such as shop"});
  }
  if (const fs::file_status status = fs::status(folder, error); !fs::exists(status)) {
    return ok();  // what else is wrong is found when it is made
  } else if (!fs::is_directory(status)) {
    return fail({ErrorCode::kInvalidArgument, "is no folder", folder.string(), "name a new folder"});
  }
  const bool empty = fs::is_empty(folder, error);
  if (error) {
    return fail({ErrorCode::kIo, "cannot read the folder: " + error.message(), folder.string(), "name a new folder"});
  }
  return empty ? ok()
               : Status(fail({ErrorCode::kInvalidArgument, "the folder is not empty, and nothing is overwritten",
                              folder.string(), "name a new folder, or delete this one first"}));
}

Status make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return fail({ErrorCode::kIo, "cannot create the folder: " + error.message(), folder.string(),
                 "name another folder, or give this user permission"});
  }
  return ok();
}

// Without fsync, which would take longer than all else: the files can be made again.
Status put_new_file(const fs::path& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    return fail(io_error(path, "cannot create"));
  }
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), std::min<size_t>(bytes.size(), size_t{1} << 30));
    if (done < 0 && errno == EINTR) {
      continue;
    }
    if (done <= 0) {
      Error error = io_error(path, "cannot write");
      ::close(fd);
      return fail(std::move(error));
    }
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return ::close(fd) == 0 ? ok() : Status(fail(io_error(path, "cannot finish writing")));
}

class ShopWriter {
 public:
  ShopWriter(fs::path folder, const StopFlag* stop) : folder_(std::move(folder)), stop_(stop) {}

  Status put(const std::string& name, std::string_view bytes) {
    if (stop_ != nullptr && stop_->requested()) {
      return fail(shop_interrupted());
    }
    written_.bytes += std::ssize(bytes);
    return put_new_file(folder_ / name, bytes);
  }
  Status put_table(const std::string& name, const std::string& text) {
    written_.rows[name] = std::ranges::count(text, '\n') - 1;
    return put(name, text);
  }
  Status put_media(const ShopItem& item, uint64_t seed) {
    // A stream of each file's own: leaving one out changes no other.
    RandomStream picture(seed, "picture " + item.id), sound(seed, "sound " + item.id), clip(seed, "clip " + item.id);
    if (item.has_picture) {
      ++written_.files["pictures"];
      HAINA_OK(put("pictures/" + item.id + ".png",
                   png_of_pixels(draw_shop_picture(item.hue, picture), kShopPictureSide, kShopPictureSide)));
    }
    if (item.has_sound) {
      ++written_.files["sounds"];
      HAINA_OK(put("sounds/" + item.id + ".wav", wav_of_samples(make_shop_sound(item.pitch, sound))));
    }
    if (item.has_clip) {
      ++written_.files["clips"];
      HAINA_OK(put("clips/" + item.id + ".avi", avi_of_frames(make_shop_clip(item.speed, clip))));
    }
    return ok();
  }
  const ShopWritten& written() const { return written_; }

 private:
  fs::path folder_;
  const StopFlag* stop_;
  ShopWritten written_;
};

}  // namespace

Result<ShopWritten> write_shop(const fs::path& folder, const ShopOptions& options, const StopFlag* stop,
                               Progress& progress) {
  HAINA_OK(check_new_folder(folder));
  HAINA_TRY(const ShopWorld world, make_shop_world(options));
  HAINA_TRY(const ShopHistory history, draw_shop_history(world, stop));
  for (const char* const inner : {"truth", "pictures", "sounds", "clips"}) {
    if (std::string_view(inner) == "truth" || options.media == ShopMedia::kWrite) {
      HAINA_OK(make_folder(folder / inner));
    }
  }
  ShopWriter writer(folder, stop);
  for (const auto& [name, text] : shop_tables(world, history)) {
    HAINA_OK(writer.put_table(name, text));
  }
  if (options.media == ShopMedia::kWrite) {
    progress.start("draw pictures, sounds and clips", options.items);
    for (int64_t i = 0; i < options.items; ++i) {
      HAINA_OK(writer.put_media(world.items[static_cast<size_t>(i)], options.seed));
      progress.update(i + 1, "");
    }
    progress.finish();
  }
  HAINA_OK(writer.put("truth/items.csv", item_tastes_csv(world)));
  HAINA_OK(writer.put("truth/users.csv", user_tastes_csv(world)));
  HAINA_OK(writer.put("truth.json", shop_truth(world, history).dump(1) + "\n"));
  HAINA_OK(writer.put("haina.toml", shop_toml(options)));
  return writer.written();
}

}  // namespace haina
