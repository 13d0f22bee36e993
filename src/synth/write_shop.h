// `haina synth shop`: an invented shop as a folder of files with a known truth.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "synth/shop_world.h"

namespace haina {

struct ShopWritten {
  std::map<std::string, int64_t> rows = {};   // of each CSV file, without the header
  std::map<std::string, int64_t> files = {};  // of pictures, sounds and clips
  int64_t bytes = 0;                          // of everything
};

// Writes into the folder, which is made where it is missing: the tables (shop_files.h), pictures/ID.png, sounds/ID.wav
// and clips/ID.avi of some items, truth.json, truth/items.csv and truth/users.csv (shop_truth.h), and last haina.toml:
// a folder without it is not finished. The same options give the same bytes on every machine.
// kInvalidArgument: impossible numbers, or the folder is none or not empty; then nothing is written. kIo: the disk;
// kInterrupted: `stop` was requested; then what was written stays. No file is ever overwritten.
Result<ShopWritten> write_shop(const std::filesystem::path& folder, const ShopOptions& options,
                               const StopFlag* stop = nullptr, Progress& progress = no_progress());

}  // namespace haina
